-- Answers the question of a node: the sockets here have read everything.
-- KEYS    numbers of notices
-- ARGV    channel of notices up to the node, node that asked, ticket
-- Returns nothing
-- Bounds  one notice
-- @use notice
-- @use notify
notify(KEYS[1], ARGV[1], ARGV[2], 14, { ARGV[3] })
