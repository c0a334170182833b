// A connection that becomes a stream of events. It takes no further request.

internal import NIOCore
internal import NIOHTTP1
internal import Telemetry

extension ConnectionHandler {
    /// Answers with a stream. The request ends with its head: its duration is not that of the stream.
    func become(_ pass: LivePass) {
        guard let exchange = begun?.exchange, let context else { return pass.giveBack() }
        var answer = pass.answer
        environment.crossOrigin?.mark(&answer, to: exchange.head, of: exchange.route)
        (begun, task) = (nil, nil)
        state.streams()
        environment.bounds.requestAnswered()
        environment.observer.answering(exchange, at: .now)
        // What a client does not read is kept here, and not in the kernel's memory.
        _ = context.channel.setOption(.socketOption(.so_sndbuf), value: Self.streamBufferBytes)
        let head = ByteBuffer(
            answer, date: date.text(), requestID: exchange.id, keptFor: nil, trace: exchange.trace?.rootContext)
        context.writeAndFlush(wrapOutboundOut(head), promise: nil)
        end(exchange, status: Int(answer.status.code), bytes: 0)
        pass.begin(on: context.channel)
        // A listener that sends no more has left, at whatever moment that is heard.
        if isInputClosed { context.close(promise: nil) }
    }

    private static let streamBufferBytes: SocketOptionValue = 16_384
}
