// The number of connections that the process may have, from the number of files that it may open.

import FlashSaleHTTP
import Glibc

/// Divides the files that the process may open between its connections and the rest of it.
///
/// Trust rule: the last descriptor stays free. Sometimes libdispatch opens a file of /proc to look at its threads,
/// and it ends the process if it cannot. The limit on connections keeps the process from that.
struct DescriptorBudget {
    /// For stores, event loops, logs, profiles and the runtime.
    static let reserved = 256

    let files: Int

    /// Raises the process's limit as far as the system allows.
    static func raised() -> DescriptorBudget {
        let resource = Int32(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return DescriptorBudget(files: 0) }
        var highest = limit
        highest.rlim_cur = limit.rlim_max
        let files = setrlimit(resource, &highest) == 0 ? highest.rlim_cur : limit.rlim_cur
        return DescriptorBudget(files: Int(clamping: files))
    }

    /// The connections that the API's listener may admit, at most as many as wanted; nil if there is room for none.
    /// The listener for operations has as many, or ``HTTPLimits/operationsConnections`` if those are less.
    func connections(atMost wanted: Int) -> Int? {
        // Each listener keeps some more open, to refuse their first requests.
        let room = files - Self.reserved - 2 * HTTPLimits.surplusConnections
        let most = max(room / 2, room - HTTPLimits.operationsConnections)
        return most > 0 ? min(wanted, most) : nil
    }
}
