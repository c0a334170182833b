// The closed label values of the Redis metrics: what a command, an error, a lock and a script may be called.

/// The `command` label: the commands that are told apart, in lower case; all others are `other`.
public enum RedisCommandLabel: String, CaseIterable, Sendable {
    case get, set, del, exists, incr, incrby, decrby, mget, sadd, sismember, expire, pexpire, setbit, getbit
    case eval, evalsha, script, ping, hello, auth, select, pipeline, dial, other
}

/// The `class` label of Redis errors.
public enum RedisErrorClass: String, CaseIterable, Sendable {
    case connection, timeout, noscript, oom, loading, readonly, wrongtype
    case `protocol`
    case other
}

/// The `lock_type` label.
public enum LockType: String, CaseIterable, Sendable {
    case purchase, scheduler, rebuild, sweeper
    case driftCheck = "drift_check"
}

/// The `script` label: what the gate's and the locks' scripts are for.
public enum ScriptLabel: String, CaseIterable, Sendable {
    case reserve, begin, settle, load, unlock, renew, fetch
}
