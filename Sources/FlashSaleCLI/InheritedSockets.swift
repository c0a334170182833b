// The listening sockets that systemd opened for the service (sd_listen_fds(3)). They stay open while it restarts.

import FlashSaleHTTP
import Glibc

enum InheritedSockets {
    /// The first descriptor; the others follow.
    private static let first: CInt = 3

    /// Lets listeners use what the process inherited. Each socket has the name of its listener.
    ///
    /// - Throws: `Failure` for a socket that no listener can use.
    static func adopt(
        into http: inout HTTPConfiguration, environment: [String: String], process: pid_t = getpid()
    ) throws(Failure) {
        guard environment["LISTEN_PID"] == String(process) else { return }
        let count = environment["LISTEN_FDS"].flatMap { CInt($0) } ?? 0
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var taken: Set<Substring> = []
        for number in 0..<max(0, count) {
            let name = number < names.count ? names[Int(number)] : ""
            guard taken.insert(name).inserted else {
                throw Failure("two inherited sockets are named \"\(name)\": a listener has one")
            }
            guard let address = ListenAddress(inherited: first + number) else {
                throw Failure("the inherited socket \"\(name)\" is no TCP socket that listens")
            }
            switch name {
            case "api": http.api = address
            case "operations": http.operations = address
            default:
                throw Failure(
                    "an inherited socket is named \"\(name)\": set FileDescriptorName= to api or operations")
            }
        }
    }
}
