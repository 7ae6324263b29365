// Emoji short codes that senders use as tags: those of alerts, builds, weather, homes and moods. Others stay text.

/** One line a theme: code and emoji in turn. Small enough to be part of the page. */
const TABLE = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok 🆗 ok_hand 👌 wave 👋 clap 👏 pray 🙏 muscle 💪 raised_hands 🙌 eyes 👀 point_right 👉
warning ⚠️ rotating_light 🚨 no_entry ⛔ no_entry_sign 🚫 x ❌ bangbang ‼️ exclamation ❗ question ❓ grey_question ❔ sos 🆘 skull 💀
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ heavy_multiplication_x ✖️ heavy_plus_sign ➕ heavy_minus_sign ➖
red_circle 🔴 orange_circle 🟠 yellow_circle 🟡 green_circle 🟢 large_blue_circle 🔵 purple_circle 🟣 white_circle ⚪ black_circle ⚫
information_source ℹ️ bulb 💡 bell 🔔 no_bell 🔕 loudspeaker 📢 mega 📣 speech_balloon 💬 speaker 🔈 mute 🔇
tada 🎉 confetti_ball 🎊 partying_face 🥳 trophy 🏆 medal_sports 🏅 star ⭐ star2 🌟 sparkles ✨ gift 🎁 birthday 🎂 100 💯
rocket 🚀 hammer 🔨 wrench 🔧 hammer_and_wrench 🛠️ gear ⚙️ nut_and_bolt 🔩 toolbox 🧰 construction 🚧 package 📦 label 🏷️ bug 🐛
computer 💻 desktop_computer 🖥️ keyboard ⌨️ printer 🖨️ iphone 📱 phone ☎️ telephone ☎️ battery 🔋 electric_plug 🔌 satellite 📡
floppy_disk 💾 cd 💿 minidisc 💽 file_cabinet 🗄️ file_folder 📁 open_file_folder 📂 wastebasket 🗑️ clipboard 📋 pushpin 📌 paperclip 📎
lock 🔒 unlock 🔓 key 🔑 shield 🛡️ closed_lock_with_key 🔐 link 🔗 mag 🔍 mag_right 🔎 globe_with_meridians 🌐 earth_africa 🌍
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 moneybag 💰 dollar 💵 euro 💶 credit_card 💳 receipt 🧾
email 📧 envelope ✉️ incoming_envelope 📨 inbox_tray 📥 outbox_tray 📤 mailbox 📫 newspaper 📰 memo 📝 pencil2 ✏️ book 📖 books 📚
calendar 📆 date 📅 clock3 🕒 alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚
repeat 🔁 arrows_counterclockwise 🔄 arrow_up ⬆️ arrow_down ⬇️ arrow_right ➡️ arrow_left ⬅️ fast_forward ⏩ pause_button ⏸️
arrow_forward ▶️ stop_button ⏹️ new 🆕 top 🔝 checkered_flag 🏁 triangular_flag_on_post 🚩 recycle ♻️ zap ⚡ fire 🔥 boom 💥
sunny ☀️ partly_sunny ⛅ cloud ☁️ rain_cloud 🌧️ umbrella ☔ cloud_with_lightning 🌩️ snowflake ❄️ snowman ⛄ tornado 🌪️ ocean 🌊
thermometer 🌡️ droplet 💧 sweat_drops 💦 dash 💨 rainbow 🌈 moon 🌙 full_moon 🌕 earthquake 🫨 volcano 🌋 seedling 🌱 evergreen_tree 🌲
house 🏠 house_with_garden 🏡 door 🚪 bed 🛏️ couch_and_lamp 🛋️ shower 🚿 bathtub 🛁 toilet 🚽 basket 🧺 broom 🧹 fire_extinguisher 🧯
car 🚗 blue_car 🚙 bus 🚌 truck 🚚 articulated_lorry 🚛 bike 🚲 train 🚆 airplane ✈️ ship 🚢 anchor ⚓ fuelpump ⛽ parking 🅿️
hospital 🏥 pill 💊 syringe 💉 ambulance 🚑 fire_engine 🚒 police_car 🚓 shopping_cart 🛒 coffee ☕ pizza 🍕 beer 🍺 beers 🍻 cake 🍰
heart ❤️ broken_heart 💔 smile 😄 smiley 😃 grinning 😀 joy 😂 wink 😉 blush 😊 heart_eyes 😍 thinking 🤔 neutral_face 😐 cry 😢 sob 😭
sunglasses 😎 scream 😱 angry 😠 rage 😡 sleeping 😴 zzz 💤 facepalm 🤦 shrug 🤷 ghost 👻 robot 🤖 alien 👽 poop 💩 hankey 💩
dog 🐶 cat 🐱 mouse 🐭 bird 🐦 penguin 🐧 turtle 🐢 snail 🐌 camera 📷 video_camera 📹 movie_camera 🎥 tv 📺 headphones 🎧 musical_note 🎵
`;

const emoji = new Map<string, string>();
const words = TABLE.trim().split(/\s+/);
for (let at = 0; at + 1 < words.length; at += 2) emoji.set(words[at] ?? '', words[at + 1] ?? '');

/** The emoji of a short code, with or without colons; undefined when it is not known. */
export function emojiOf(tag: string): string | undefined {
  return emoji.get(tag.replace(/^:(.*):$/, '$1').toLowerCase());
}
