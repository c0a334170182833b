// What a request's head may have wrong, so that the request is refused unread, and its connection closed.
//
// Most of it would let a proxy before us understand another request than we do: another host, or another end of the
// body (RFC 9112, sections 3.2, 6.1 and 6.3).

internal import NIOHTTP1
internal import Telemetry
internal import Textbook

enum HeadFault: Equatable {
    case headTooLarge
    case bodyTooLarge
    /// No host, two, or what is none.
    case host
    /// Where the body ends is in doubt.
    case framing
    /// The body has a transfer coding besides chunks.
    case transferCoding

    var problem: Problem {
        switch self {
        case .headTooLarge: Problem(.headerTooLarge)
        case .bodyTooLarge: Problem(.bodyTooLarge)
        case .host: .validation([("Host", "must be given once, as a host and its port")])
        case .framing: .validation([("Transfer-Encoding", "must be chunked, once and last, in HTTP/1.1")])
        case .transferCoding: Problem(.unsupportedTransferCoding)
        }
    }

    /// What it counts as.
    var rejection: RejectionReason {
        switch self {
        case .headTooLarge: .headerTooLarge
        case .bodyTooLarge: .bodyTooLarge
        case .host, .framing, .transferCoding: .badRequest
        }
    }
}

extension HTTPRequestHead {
    /// Why the request cannot go on; nil if it can. Its fields' values have no white space around them.
    func fault(within limits: HTTPLimits) -> HeadFault? {
        if uri.utf8.count > limits.headBytes { return .headTooLarge }
        // A length that no integer has is too large, too: the parser has seen that it is a number.
        if let length = headers.first(name: "content-length"), (Int(length) ?? .max) > limits.bodyBytes {
            return .bodyTooLarge
        }
        var (hosts, isCoded) = (0, false)
        for (name, value) in headers {
            if name.utf8.count == 4, name.lowercased() == "host" {
                // An empty one stands for no authority.
                hosts += value.isEmpty || value[...].isHostWithPort ? 1 : 2
            } else if name.utf8.count == 17, name.lowercased() == "transfer-encoding" {
                isCoded = true
            }
        }
        if version == .http1_1, hosts != 1 { return .host }
        return isCoded ? transferFault : nil
    }

    /// The parser reads a body whose last coding is chunked, whatever comes before it and whatever the version is.
    private var transferFault: HeadFault? {
        let codings = headers["transfer-encoding"].flatMap { $0.split(separator: ",") }
            .map { $0.trimmingBlanks().lowercased() }.filter { !$0.isEmpty }
        guard version == .http1_1, codings.last == "chunked", !codings.dropLast().contains("chunked") else {
            return .framing
        }
        return codings.count == 1 ? nil : .transferCoding
    }
}
