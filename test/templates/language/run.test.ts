import { expect } from 'chai';
import { createFunctions } from '../../../server/templates/language/functions.ts';
import {
  breakLines,
  checkTemplate,
  runTemplate,
  TemplateFault,
  type TemplateFaultKind,
  timeLimit,
} from '../../../server/templates/language/run.ts';
import { workOf } from '../../support/work.ts';

const DATA = {
  a: { b: 'deep' },
  n: 7,
  f: 1.5,
  big: 1e21,
  small: 0.00001,
  yes: true,
  nil: null,
  text: 'hello world',
  list: ['x', 'y', 'z'],
  items: [
    { name: 'cpu', value: 90 },
    { name: 'disk', value: 20 },
  ],
  map: { b: 2, a: [1, null] },
  empty: [],
};

const run = (template: string) => runTemplate(template, DATA, { now: () => Date.UTC(2026, 10, 30, 9, 5, 7) });

/** The kind of the fault of a template. */
function errorOf(template: string, data: unknown = DATA): TemplateFaultKind | undefined {
  try {
    runTemplate(template, data, { now: () => 0 });
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return error.kind;
  }
}

const CASES: readonly [template: string, expected: string][] = [
  ['plain', 'plain'],
  ['{{.a.b}} {{ .text }}', 'deep hello world'],
  ['{{.missing}} {{.nil}} {{.a.x}} {{.missing.more}}', '<no value> <no value> <no value> <no value>'],
  ['{{.n}} {{.f}} {{.big}} {{.small}} {{.yes}}', '7 1.5 1e+21 1e-05 true'],
  ['{{.map}} {{.list}} {{.empty}}', 'map[a:[1 <nil>] b:2] [x y z] []'],
  ['{{range .items}}{{.name}}={{.value}};{{end}}', 'cpu=90;disk=20;'],
  ['{{range $i, $x := .list}}{{$i}}{{$x}} {{end}}', '0x 1y 2z'],
  ['{{range $k, $v := .map}}{{$k}}:{{$v}} {{end}}', 'a:[1 <nil>] b:2'],
  ['{{range .empty}}x{{else}}none{{end}}', 'none'],
  ['{{range .nothing}}x{{else}}none{{end}}', 'none'],
  ['{{range .list}}{{if eq . "y"}}{{continue}}{{end}}{{.}}{{end}}', 'xz'],
  ['{{range .list}}{{if eq . "y"}}{{break}}{{end}}{{.}}{{end}}', 'x'],
  ['{{if .yes}}a{{else}}b{{end}}{{if .empty}}a{{else if .n}}c{{else}}b{{end}}', 'ac'],
  ['{{if and .yes (gt .n 5.0)}}big{{end}}{{if or .nil .empty}}x{{end}}{{if not .nil}}!{{end}}', 'big!'],
  ['{{with .a}}{{.b}}{{end}}{{with $x := .n}}{{$x}}{{.}}{{end}}{{with .nil}}x{{else}}y{{end}}', 'deep77y'],
  ['{{$x := 1}}{{range .list}}{{$x = add $x 1}}{{end}}{{$x}}', '4'],
  ['{{$.n}}{{range .list}}{{$.n}}{{end}}', '7777'],
  ['{{- .n -}}   {{/* not shown */}}   x', '7   x'],
  ['a {{- "\\u00fc\\n\\"" | printf "%q" -}} b', 'a"ü\\n\\""b'],
  ['{{`raw {{ }}`}} {{"}}"}}', 'raw {{ }} }}'],
  ['{{.text | upper | trunc 5}} {{ trunc -5 .text }}', 'HELLO world'],
  ['{{title .text}} {{lower "ABC"}} {{trim " x "}}.', 'Hello World abc x.'],
  ['{{replace "o" "0" .text}} {{contains "wor" .text}} {{hasPrefix "x" .text}}', 'hell0 w0rld true false'],
  ['{{default "none" .missing}} {{default "none" .text}} {{empty .empty}}', 'none hello world true'],
  ['{{coalesce .nil .missing .n}} {{ternary "a" "b" .yes}}', '7 a'],
  ['{{join ", " .list}} {{(split "." "a.b")._1}} {{first .list}}{{last .list}} {{index .list 1}}', 'x, y, z b xz y'],
  [
    '{{$d := dict "k" 1 "l" (list 1 2)}}{{get $d "k"}} {{hasKey $d "x"}} {{index $d "l"}} {{len $d}}',
    '1 false [1 2] 2',
  ],
  ['{{add 1 2 3}} {{sub 5 2}} {{round 1.256 2}} {{len .text}} {{toString .n}}', '6 3 1.26 11 7'],
  [
    '{{toJSON .map}} {{ .items | toJson }}',
    '{"b":2,"a":[1,null]} [{"name":"cpu","value":90},{"name":"disk","value":20}]',
  ],
  ['{{printf "%s|%5d|%-4s|%05.1f|%x|%t|%v|%%" "a" 7 "b" 2.25 255 true .list}}', 'a|    7|b   |002.3|ff|true|[x y z]|%'],
  ['{{printf "%d %s" 1}} {{printf "x" 1}}', '1 %!s(MISSING) x%!(EXTRA 1)'],
  [
    '{{eq .n 7.0}} {{ne .text "x"}} {{lt 1 2}} {{le 2 2}} {{ge 1 2}} {{eq .text "a" "hello world"}}',
    'true true true true false true',
  ],
  ['{{print 1 2 "a" "b"}} {{index .items 0 "name"}}', '1 2ab cpu'],
  ['{{date "2006" (now)}} {{date "02.01.2006" 0 | len}}', '2026 10'],
];

describe('runTemplate', () => {
  for (const [template, expected] of CASES) {
    it(`fills ${template}`, () => expect(run(template)).to.equal(expected));
  }

  it('sees nothing but the JSON', () => {
    expect(run('{{.constructor}} {{.__proto__}} {{.a.toString}}')).to.equal('<no value> <no value> <no value>');
    expect(run('{{hasKey . "constructor"}} {{index . "__proto__"}}')).to.equal('false <no value>');
    expect(errorOf('{{.list.length}}')).to.equal('failed');
  });

  const ERRORS: readonly [template: string, kind: TemplateFaultKind][] = [
    ['{{', 'syntax'],
    ['{{.a', 'syntax'],
    ['{{if .a}}', 'syntax'],
    ['{{end}}', 'syntax'],
    ['{{else}}', 'syntax'],
    ['{{nothing .a}}', 'syntax'],
    ['{{$x}}', 'syntax'],
    ['{{.a | }}', 'syntax'],
    ['{{(.a}}', 'syntax'],
    ['{{"a}}', 'syntax'],
    ['{{.a ?}}', 'syntax'],
    ['{{break}}', 'syntax'],
    ['{{range .list}}{{end}}{{end}}', 'syntax'],
    [`{{${'('.repeat(200)}1${')'.repeat(200)}}}`, 'syntax'],
    ['{{if 1}}'.repeat(200), 'syntax'],
    ['{{template "x"}}', 'disallowed'],
    ['{{- define "x"}}{{end}}', 'disallowed'],
    ['{{block "x" .}}{{end}}', 'disallowed'],
    ['{{call .a}}', 'disallowed'],
    ['{{.text.more}}', 'failed'],
    ['{{range .n}}{{end}}', 'failed'],
    ['{{fail "no"}}', 'failed'],
    ['{{index .list 9}}', 'failed'],
    ['{{div 1 0}}', 'failed'],
    ['{{lt .text 1}}', 'failed'],
    ['{{repeat 1000000 "x"}}', 'failed'],
    [`{{$a := list 1 2}}${'{{$a = list $a $a $a $a $a $a $a $a $a $a}}'.repeat(20)}{{$a}}`, 'failed'],
    [`{{$a := list 1 2}}${'{{$a = list $a $a $a $a $a $a $a $a $a $a}}'.repeat(20)}{{toJSON $a}}`, 'failed'],
    [`{{replace "" "${'y'.repeat(1000)}" (repeat 1000 "x")}}`, 'failed'],
    ['{{range .list}}{{repeat 20000 "x"}}{{end}}', 'size'],
  ];
  for (const [template, kind] of ERRORS) {
    it(`refuses ${template.slice(0, 60)} with ${kind}`, () => expect(errorOf(template)).to.equal(kind));
  }

  it('writes what its caller wants for a value that is missing', () => {
    const options = { now: () => 0, missing: '' };
    expect(runTemplate('{{.missing}}{{.nil}}{{.a.b}}', DATA, options)).to.equal('deep');
  });

  it('ends after 100 ms', () => {
    const list = Array.from({ length: 2000 }, (_, at) => at);
    const endless = '{{range .}}{{range $}}{{range $}}{{end}}{{end}}{{end}}';
    const work = workOf(() => expect(errorOf(endless, list)).to.equal('time'));
    expect(work).to.be.below(3000);
  });

  it('does not count time in which the machine does other things', () => {
    const busy = new Int32Array(new SharedArrayBuffer(4));
    const isOver = timeLimit();
    Atomics.wait(busy, 0, 0, 110);
    expect(runTemplate('{{.a.b}}', DATA, { now: () => 0, isOver })).to.equal('deep');
  });

  it('takes no long time for one call', () => {
    const slow = [
      '{{date (repeat 21000 "Jan") now}}',
      '{{printf (print "%" (repeat 60000 "0"))}}',
      '{{replace .part "x" .text}}',
      '{{contains .part .text}}',
      '{{splitList .part .text}}',
    ];
    const half = 'a'.repeat(60_000);
    const data = { text: 'a'.repeat(250_000), part: `${half}b${half}` };
    const before = process.cpuUsage();
    for (const template of slow) expect(errorOf(template, data), template).to.be.oneOf(['failed', 'size']);
    breakLines('{'.repeat(64_000));
    // It was most of a minute. CPU time does not depend on what else the machine does.
    expect(process.cpuUsage(before).user / 1000).to.be.below(1000);
    expect(run('{{printf "%05d %-4d| %08.3f %.500g" 7 8 1.5 1.5}}')).to.equal('00007 8   | 0001.500 1.5');
  });
});

describe('checkTemplate', () => {
  it('finds what is wrong whatever the data is', () => {
    for (const template of ['{{', '{{template "x"}}', '{{if .a}}{{nothing .b}}{{end}}', '{{.a | nothing}}']) {
      expect(() => checkTemplate(template), template).to.throw(TemplateFault);
    }
    expect(() => checkTemplate('{{if .a}}{{index .list 99 | upper}}{{else}}{{fail "x"}}{{end}}')).to.not.throw();
  });
});

describe('the functions of templates', () => {
  const HOSTILE: readonly unknown[] = [
    ...[null, true, -1, 0, 1e308, 1e-9, '', 'x', '%s%d%x%c%q%*d', '\ud800 \udc00', '1e400', '-7'],
    ...[[], [1, [2]], {}, { a: { b: 1 } }, JSON.parse('{"__proto__":{"polluted":1},"constructor":{}}')],
    ...['y'.repeat(5000), Array.from({ length: 2000 }, (_, at) => at)],
  ];

  for (const name of createFunctions(() => 0).keys()) {
    it(`${name} gives a text or a fault, whatever it is given`, () => {
      for (const a of HOSTILE) {
        // Each of them stands in both places.
        for (const b of HOSTILE.filter((_, at) => at % 5 === 3)) {
          for (const call of [name, `${name} .a`, `${name} .a .b`, `${name} .b .a .a`]) {
            try {
              expect(runTemplate(`{{${call}}}`, { a, b }, { now: () => 0 })).to.be.a('string');
            } catch (error) {
              if (!(error instanceof TemplateFault))
                throw new Error(`${call}: ${JSON.stringify([a, b])}`, { cause: error });
            }
          }
        }
      }
      expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
    });
  }
});

describe('breakLines', () => {
  it('breaks lines outside of braces only', () => {
    expect(breakLines('a\\nb{{printf "\\n"}}\\n')).to.equal('a\nb{{printf "\\n"}}\n');
  });
});
