-- The ranks of the statuses, see shared/status.ts.
local RANKS = {
  ready = 1, wait = 2, ['webpush-wait'] = 3, ['fcm-wait'] = 3, ['webpush-ok'] = 4, ['fcm-ok'] = 4,
  ['webpush-ok-comfirm'] = 5, ['fcm-ok-comfirm'] = 5, failed = 6, ok = 7,
}
