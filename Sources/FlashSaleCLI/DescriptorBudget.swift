// How many connections the process may have, by how many files it may open.

import Glibc

/// Divides the files that the process may open between its connections and the rest of it.
///
/// Trust rule: the last descriptor stays free. Now and then libdispatch opens a file of /proc to see whether threads of
/// its own are at work, and ends the process where it cannot: whoever connects is bounded before it comes to that.
struct DescriptorBudget {
    /// For stores, event loops, logs, profiles and the runtime's own.
    static let reserved = 256
    /// The API's and that of operations, each with its own bound on connections.
    private static let listeners = 2

    let files: Int

    /// Raises the process's own limit as far as it may.
    static func raised() -> DescriptorBudget {
        let resource = Int32(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return DescriptorBudget(files: 0) }
        var highest = limit
        highest.rlim_cur = limit.rlim_max
        let files = setrlimit(resource, &highest) == 0 ? highest.rlim_cur : limit.rlim_cur
        return DescriptorBudget(files: Int(clamping: files))
    }

    /// How many connections a listener may admit that is asked to admit so many; nil if there is room for none.
    ///
    /// - Parameter surplus: how many more it keeps open, to tell them that there are too many.
    func connections(atMost wanted: Int, surplus: Int) -> Int? {
        let room = (files - Self.reserved) / Self.listeners - surplus
        return room > 0 ? min(wanted, room) : nil
    }
}
