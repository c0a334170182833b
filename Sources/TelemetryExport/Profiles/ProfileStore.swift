// Uploads a file to a store by PUT.

internal import PlainHTTP
internal import Textbook

/// The store of the profiles: `http://host[:port]/prefix[?query]`, or the same with `https`.
public struct ProfileStore: Sendable {
    /// The time limit of the connection, and again of the upload with its answer.
    private static let timeout = Duration.seconds(20)
    /// The most bytes of an answer's head.
    private static let headBytesMax = 16_384

    private let exchange: HTTPExchange
    private let prefix: String
    private let query: Substring

    /// Nil if the address is not of that form.
    public init?(url text: String) {
        guard let url = HTTPAddress(text), !url.rest.contains("#"),
            let exchange = try? HTTPExchange(with: url, timeout: Self.timeout, bytesMax: Self.headBytesMax)
        else { return nil }
        self.exchange = exchange
        prefix = url.path.hasSuffix("/") ? String(url.path) : "\(url.path)/"
        query = url.rest.dropFirst(url.path.count)
    }

    /// Whether the store has it now.
    func put(_ bytes: [UInt8], name: String) async -> Bool {
        let fields = [("Content-Type", "application/octet-stream")]
        let answer = try? await exchange.send(bytes, by: "PUT", to: "\(prefix)\(name)\(query)", fields: fields)
        return answer.map { (200..<300).contains($0.status) } ?? false
    }
}
