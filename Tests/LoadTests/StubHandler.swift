// A connection of the service in memory: reads requests, and writes answers in the manner that a test names.

import NIOCore
import Synchronization

/// Confined to its event loop.
final class StubHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let service: StubService
    private var text = ""
    private var requests = 0
    /// The codes that were given over this connection.
    private var codes: Set<String> = []

    init(service: StubService) {
        self.service = service
    }

    func channelActive(context: ChannelHandlerContext) {
        endIfPatienceEnds(context) { handler, _ in handler.requests == 0 }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard !context.channel.isWritable else { return }
        endIfPatienceEnds(context) { _, channel in !channel.isWritable }
    }

    /// Ends the connection if it is one that the manner does not put up with, when its time is over.
    private func endIfPatienceEnds(
        _ context: ChannelHandlerContext, if isUnbearable: @escaping (StubHandler, any Channel) -> Bool
    ) {
        guard case .impatient(let milliseconds) = service.manner else { return }
        let bound = NIOLoopBound((context, isUnbearable), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { [self] in
            let (context, isUnbearable) = bound.value
            if isUnbearable(self, context.channel) { context.close(promise: nil) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        while let end = text.firstRange(of: "\r\n\r\n") {
            let head = text[..<end.lowerBound]
            let line = head.prefix { $0 != "\r\n" }.split(separator: " ")
            let token = head.firstRange(of: "\r\nAuthorization: Bearer ").map {
                head[$0.upperBound...].prefix { $0 != "\r\n" }
            }
            requests += 1
            text = String(text[end.upperBound...])
            guard line.count == 3 else { return context.close(promise: nil) }
            let parts = line[1].split(separator: "?", maxSplits: 1)
            if parts[0] == "/sales/1/events" { return stream(context) }
            let pairs = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { $0.split(separator: "=") }
            let query = Dictionary(
                pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) } + ticket(in: head), uniquingKeysWith: { $1 })
            let answer = service.answer(line[0], parts[0], query, token: token)
            let isPurchase = parts[0] == "/purchase"
            if isPurchase, let code = query["code"], !codes.contains(String(code)) {
                service.state.withLock { $0.straysBought += 1 }
            } else if let code = answer.1.firstRange(of: #"{"code":""#).map({ answer.1[$0.upperBound...] }) {
                codes.insert(String(code.prefix { $0 != "\"" }))
            }
            respond(context, answer, link: service.link(parts[0], query), isPurchase: isPurchase)
        }
    }

    /// Tells how the sale stands, and again when all is sold.
    private func stream(_ context: ChannelHandlerContext) {
        if case .tells(let text, let closes) = service.manner {
            write(text, context)
            if closes { context.close(promise: nil) }
            return
        }
        write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", context)
        write("event: state\nid: 1\ndata: {\"phase\":\"open\"}\n\n:\n\n", context)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { [self] task in
            guard service.state.withLock({ $0.sold.count == service.itemCount }) else { return }
            task.cancel()
            write("event: items\ndata: {}\n\nevent: state\nid: 2\ndata: {\"phase\":\"sold_out\"}\n\n", bound.value)
        }
    }

    /// The ticket that a request shows, as one more parameter.
    private func ticket(in head: Substring) -> [(Substring, Substring)] {
        guard let field = head.firstRange(of: "Queue-Ticket: ") else { return [] }
        return [("ticket", head[field.upperBound...].prefix { $0 != "\r\n" })]
    }

    private func respond(
        _ context: ChannelHandlerContext, _ answer: (status: Int, body: String), link: String, isPurchase: Bool
    ) {
        let whole =
            "HTTP/1.1 \(answer.status) X\r\n\(link)Content-Length: \(answer.body.utf8.count)\r\n\r\n\(answer.body)"
        switch service.manner {
        case .ordinary, .impatient, .overloaded, .tells: write(whole, context)
        case .framed(let frame, let closes):
            write(frame(answer.status, answer.body), context)
            if closes { context.close(promise: nil) }
        case .garbage(let text): write(isPurchase ? text : whole, context)
        case .silent where isPurchase: break
        case .silent: write(whole, context)
        case .closesMidBody where isPurchase:
            write(String(whole.dropLast(5)), context)
            context.close(promise: nil)
        case .closesMidBody: write(whole, context)
        case .stalls(let from, let until):
            let now = Int64(NIODeadline.now().uptimeNanoseconds)
            let first = service.state.withLock { state in
                if state.requests > 10, state.firstRequest == nil { state.firstRequest = now }
                return state.firstRequest ?? now
            }
            guard now - first >= from, now - first < until else { return write(whole, context) }
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(first + until))) { [self] in
                write(whole, bound.value)
            }
        }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
