// The servers that a URL names. libpq would try them all within one attempt, stay with one that is silent, and look
// names up on the thread that calls it. So each server becomes parameters of its own, with its address.

internal import Glibc

/// The servers of one attempt to connect, as URL, environment and service file name them at this moment.
struct ServerList: Sendable {
    private struct Entry {
        var host: String
        var address: String
        var port: String

        var isName: Bool {
            address.isEmpty && !host.isEmpty && !host.hasPrefix("/") && !host.hasPrefix("@")
                && !ServerList.isAddress(host)
        }
    }

    struct LookupFailure: Error {
        let sentence: String
    }

    private let parameters: ConnectionParameters
    private let prefersStandby: Bool
    /// Empty if libpq is to complain: its lists do not correspond.
    private let entries: [Entry]

    init(_ parameters: ConnectionParameters) {
        let values = parameters.expanded()
        func list(_ keyword: String) -> [String] {
            (values[keyword] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        let count = max(hosts.count, addresses.count)
        func part(_ list: [String], _ index: Int) -> String? {
            list == [""] ? "" : list.count == count ? list[index] : nil
        }
        var entries: [Entry] = []
        for index in 0..<count {
            guard let host = part(hosts, index), let address = part(addresses, index),
                let port = ports.count == 1 ? ports[0] : part(ports, index)
            else {
                entries.removeAll()
                break
            }
            entries.append(Entry(host: host, address: address, port: port.isEmpty ? "5432" : port))
        }
        self.parameters = parameters
        self.entries = entries
        prefersStandby = values["target_session_attrs"] == "prefer-standby"
    }

    /// True if a name must be looked up before libpq may have the parameters.
    var needsLookup: Bool { entries.contains(where: \.isName) }

    /// Parameters for each server, in order. A name with several addresses becomes several servers. Looking names up
    /// blocks.
    func resolved() -> Result<[ConnectionParameters], LookupFailure> {
        var servers: [ConnectionParameters] = []
        var failure: LookupFailure?
        for entry in entries {
            switch entry.isName ? Self.lookUp(entry.host) : .success([entry.address]) {
            case .failure(let error): failure = error
            case .success(let addresses):
                for address in addresses {
                    var server = parameters
                    (server["host"], server["hostaddr"], server["port"]) = (entry.host, address, entry.port)
                    servers.append(server)
                }
            }
        }
        if servers.isEmpty, let failure { return .failure(failure) }
        guard prefersStandby else { return .success(servers.isEmpty ? [parameters] : servers) }
        return .success(["standby", "any"].flatMap { wanted in servers.map { $0.wanting(wanted) } })
    }

    private static func isAddress(_ host: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
    }

    private static func lookUp(_ host: String) -> Result<[String], LookupFailure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            return .failure(
                LookupFailure(sentence: "the host \(host) has no address: \(String(cString: gai_strerror(status)))"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                addresses.append(text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
            }
            next = entry.ai_next
        }
        return .success(addresses)
    }
}

extension ConnectionParameters {
    fileprivate func wanting(_ attributes: String) -> ConnectionParameters {
        var wanting = self
        wanting["target_session_attrs"] = attributes
        return wanting
    }

    /// Whether both name the same server.
    func isSameServer(as other: ConnectionParameters) -> Bool {
        ["host", "hostaddr", "port"].allSatisfy { self[$0] == other[$0] }
    }
}
