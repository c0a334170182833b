// All connections through a proxy, on its event loop.

import NIOCore
import NIOPosix

extension FaultProxy {
    /// The state of a proxy; used on its event loop alone.
    final class Wiring {
        private var target: Int
        private let loop: any EventLoop
        private var lines: [ObjectIdentifier: Line] = [:]
        private(set) var fault = Fault.none
        private(set) var strikes = 0
        var listener: (any NIOCore.Channel)?

        init(target: Int, loop: any EventLoop) {
            self.target = target
            self.loop = loop
        }

        var lineCount: Int { lines.count }

        func set(_ fault: Fault) {
            self.fault = fault
            for line in lines.values { line.goOn() }
        }

        func cut() {
            for line in lines.values { line.cut() }
        }

        func lead(to target: Int) {
            self.target = target
            cut()
        }

        func refuse() -> EventLoopFuture<Void> {
            cut()
            return listener.take()?.close() ?? loop.makeSucceededVoidFuture()
        }

        /// A fault that waited for a text has seen it, and strikes once.
        func strike() {
            strikes += 1
            fault = .none
        }

        /// Connects a new client to the server. It reads nothing from the client before.
        func connect(_ client: any NIOCore.Channel) -> EventLoopFuture<Void> {
            let wiring = NIOLoopBound(self, eventLoop: loop)
            return ClientBootstrap(group: loop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: "127.0.0.1", port: target)
                .flatMapThrowing { server in try wiring.value.join(client, server) }
        }

        private func join(_ client: any NIOCore.Channel, _ server: any NIOCore.Channel) throws {
            let line = Line(client: client, server: server, wiring: self)
            let id = ObjectIdentifier(line)
            lines[id] = line
            try client.pipeline.syncOperations.addHandler(Relay(line, .there))
            try server.pipeline.syncOperations.addHandler(Relay(line, .back))
            let wiring = NIOLoopBound(self, eventLoop: loop)
            server.closeFuture.and(client.closeFuture).whenComplete { _ in wiring.value.lines[id] = nil }
        }
    }

    /// The direction of bytes: to the server or back to the client.
    enum Direction {
        case there, back
    }

    /// Gives the bytes that a channel reads to its line.
    private final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let line: Line
        private let direction: Direction

        init(_ line: Line, _ direction: Direction) {
            self.line = line
            self.direction = direction
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            line.read(unwrapInboundIn(data), direction)
        }

        func channelInactive(context: ChannelHandlerContext) { line.end(direction) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
