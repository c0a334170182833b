// What an attacker does with a connection that it does not share.

enum Attack: String, CaseIterable, Codable, Sendable {
    /// It says nothing.
    case silent
    /// It asks for large pages and reads nothing.
    case unread

    /// The pages that are asked for at once.
    static let pipelined = 1_000
}
