// Reads docker-compose.yml. Its shape is regular, so that each line shows its service.

/// The services of docker-compose.yml, each with its lines.
struct Compose {
    struct Service: CustomStringConvertible {
        let name: String
        let lines: [String]

        var description: String { name }

        func has(_ key: String) -> Bool {
            lines.contains { $0.hasPrefix("    \(key):") } || (isOurs && Compose.shared.contains { $0 == "  \(key):" })
        }

        /// Whether it merges `x-service`.
        var isOurs: Bool { lines.contains("    <<: *service") }

        /// The names of its environment, those of `x-service` included.
        var environment: [String] {
            let settings = Compose.shared.drop { !$0.hasPrefix("  environment:") }
            return (lines + (isOurs ? settings : [])).compactMap { line in
                line.firstMatch(of: #/^\s+([A-Z][A-Z0-9_]+): /#).map { String($0.1) }
            }
        }
    }

    static let text = Checkout.text("docker-compose.yml")

    /// The lines before the services, which some services merge.
    static let shared: [String] = Array(lines.prefix { $0 != "services:" })

    static let services: [Service] = {
        let body = lines.drop { $0 != "services:" }.dropFirst().prefix { !$0.hasPrefix("volumes:") }
        let starts = body.indices.filter { body[$0].contains(#/^  [a-z-]+:$/#) }
        return zip(starts, starts.dropFirst() + [body.endIndex]).map { start, end in
            Service(
                name: String(body[start].dropFirst(2).dropLast()),
                lines: body[(start + 1)..<end].filter { !$0.contains(#/^\s*#/#) })
        }
    }()

    private static let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
}
