// Under which names a browser may ask for the console. A page of a stranger can point a name of its own at this machine
// (DNS rebinding); then its requests come with that name, and are none of ours.

internal import NIOHTTP1
internal import Textbook

struct ConsoleHosts: Sendable {
    private let names: Set<String>

    init(_ names: [String]) {
        self.names = Set(names.map { $0.lowercased() } + ["localhost"])
    }

    /// Whether the request asks for a known name, or for an address, which nobody can point elsewhere.
    func know(_ request: Request) -> Bool {
        let fields = request.values(of: "host")
        guard fields.count == 1, let host = fields.first?.lowercased() else { return false }
        if host.hasPrefix("[") {
            let address = host.dropFirst().prefix { $0 != "]" }
            return ClientAddress(address) != nil
        }
        let name = host.prefix { $0 != ":" }.withoutRootDot()
        return names.contains(String(name)) || ClientAddress(name) != nil
    }
}
