// Reads the files of docker compose. Their shape is regular, so that each line shows its service.

/// A file of docker compose: its services, each with its lines.
struct Compose {
    struct Service: CustomStringConvertible {
        let name: String
        /// Those that it merges and its own, without comments.
        let lines: [String]

        var description: String { name }

        func has(_ key: String) -> Bool { lines.contains { $0.hasPrefix("    \(key):") } }

        /// Whether it is the service or a command of it.
        var isOurs: Bool { lines.contains("    image: flashsale:local") }

        /// The names of its environment.
        var environment: [String] {
            lines.compactMap { line in line.firstMatch(of: #/^ {6}([A-Z][A-Z0-9_]+): /#).map { String($0.1) } }
        }

        /// Whether it works once and ends.
        var endsByItself: Bool { lines.contains("    restart: \"no\"") }
    }

    static let main = Compose("docker-compose.yml")
    /// Each file beside the main one has the services of a profile, and changes nothing of the main one's.
    static let profiles = ["data", "ha", "shops"].map { Compose("deploy/\($0)/compose.yml") }

    let path: String
    let text: String
    /// The lines before the services, which some services merge.
    let shared: [String]
    let services: [Service]

    init(_ path: String) {
        self.path = path
        text = Checkout.text(path)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            .filter { !$0.contains(#/^\s*#/#) }
        shared = Array(lines.prefix { $0 != "services:" })
        var anchors: [String: [String]] = [:]
        var anchor: String?
        for line in shared {
            if let match = line.firstMatch(of: #/^x-[a-z]+: &([a-z-]+)$/#) {
                anchor = String(match.1)
            } else if let anchor {
                anchors[anchor, default: []].append("  " + line)
            }
        }
        let body = lines.drop { $0 != "services:" }.dropFirst().prefix { !$0.contains(#/^[a-z]/#) }
        let starts = body.indices.filter { body[$0].contains(#/^  [a-z0-9-]+:$/#) }
        services = zip(starts, starts.dropFirst() + [body.endIndex]).map { start, end in
            let own = body[(start + 1)..<end]
            let merged = own.compactMap { $0.firstMatch(of: #/^    <<: \*([a-z-]+)$/#).map { String($0.1) } }
            return Service(
                name: String(body[start].dropFirst(2).dropLast()),
                lines: merged.flatMap { anchors[$0] ?? [] } + own)
        }
    }
}
