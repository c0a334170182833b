// The command line of the process without its secrets.

/// Which arguments must not be shown.
public struct CommandLineMask: Sendable {
    static let masked = "[REDACTED]"

    private let secretFlags: Set<String>

    /// - Parameter secretFlags: the flags whose values are secret, like `--admin-token`.
    public init(secretFlags: Set<String>) {
        self.secretFlags = secretFlags
    }

    /// The arguments without secrets: values of secret flags and passwords in addresses are replaced.
    public func apply(to arguments: [String]) -> [String] {
        var isSecret = false
        return arguments.map { argument in
            defer { isSecret = secretFlags.contains(argument) }
            if isSecret { return Self.masked }
            let parts = argument.split(separator: "=", maxSplits: 1)
            if parts.count == 2, secretFlags.contains(String(parts[0])) { return "\(parts[0])=\(Self.masked)" }
            return withoutPassword(argument)
        }
    }

    /// `scheme://user:password@host` without the part between the slashes and the last `@` before the path.
    private func withoutPassword(_ argument: String) -> String {
        argument.replacing(#/:\/\/[^\/]*@/#, with: "://\(Self.masked)@")
    }
}
