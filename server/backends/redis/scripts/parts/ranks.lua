-- The ranks of the statuses, see shared/status.ts.
local RANKS = {
  ready = 1, held = 2, wait = 3, ['webpush-wait'] = 4, ['fcm-wait'] = 4, ['webpush-ok'] = 5, ['fcm-ok'] = 5,
  ['webpush-ok-comfirm'] = 6, ['fcm-ok-comfirm'] = 6, failed = 7, ok = 8,
}
