// The files that the process may have open.

import Glibc

/// What the system lends before a run.
enum Descriptors {
    /// For event loops, the journal, reports, the stores of the audit, and the runtime.
    private static let reserved = 128
    /// Each thread has an event loop.
    private static let perThread = 4

    /// Says in a sentence why there is no run.
    struct Shortage: Error, CustomStringConvertible {
        let description: String
    }

    /// Raises the limit of open files as far as the run needs it.
    ///
    /// - Throws: a sentence that says what is missing.
    static func reserve(for scenario: Scenario) throws(Shortage) {
        let connections = min(scenario.connections, scenario.load.buyersAtATime ?? .max)
        let attackers = scenario.mix.hasAttackers ? scenario.connections : 0
        let needed = rlim_t(connections + attackers + scenario.threads * perThread + reserved)
        let resource = Int32(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < needed else { return }
        let present = limit.rlim_cur
        limit.rlim_cur = min(needed, limit.rlim_max)
        guard setrlimit(resource, &limit) == 0, limit.rlim_cur >= needed else {
            throw Shortage(
                description: "\(connections) connections need \(needed) open files, and the limit is "
                    + "\(max(present, limit.rlim_max)): raise it with `ulimit -n`, or give fewer --connections.")
        }
    }
}
