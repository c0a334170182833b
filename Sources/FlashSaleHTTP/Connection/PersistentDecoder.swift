// Parses the requests of a connection, also after one that offered an upgrade.
//
// NIO's decoder stops after a request that offers another protocol, because the next bytes may be in that protocol.
// Many clients make the offer with their first request and go on in HTTP/1.1 if the server declines (RFC 9110, section
// 7.8). This service declines all offers, so the next bytes are HTTP/1.1 and go to a fresh decoder.

internal import NIOCore
internal import NIOHTTP1

final class PersistentDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private let limits: NIOHTTPDecoderLimitConfiguration
    private let connection: ConnectionHandler
    private var decoder: HTTPRequestDecoder

    init(limits: NIOHTTPDecoderLimitConfiguration, connection: ConnectionHandler) {
        self.limits = limits
        self.connection = connection
        decoder = HTTPRequestDecoder(limitConfiguration: limits)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let state = try decoder.decode(context: context, buffer: &buffer)
        return renewed(in: context) && buffer.readableBytes > 0 ? .continue : state
    }

    func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        while buffer.readableBytes > 0, case .continue = try decode(context: context, buffer: &buffer) {}
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    /// Replaces a decoder that has stopped. Returns whether it had stopped.
    private func renewed(in context: ChannelHandlerContext) -> Bool {
        guard connection.takeDeclinedUpgrade() else { return false }
        decoder.decoderRemoved(context: context)
        decoder = HTTPRequestDecoder(limitConfiguration: limits)
        decoder.decoderAdded(context: context)
        return true
    }
}

extension HTTPRequestHead {
    /// Whether the client offers to speak another protocol on this connection: the condition under which NIO's parser
    /// stops.
    var offersUpgrade: Bool {
        if method == .CONNECT { return true }
        guard headers.contains(name: "upgrade") else { return false }
        return headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// Whether the client waits for a sign before it sends the body (RFC 9110, section 10.1.1). An HTTP/1.0 client
    /// would take the sign for its answer.
    var expectsContinue: Bool {
        version != .http1_0 && headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }
}
