// A connection's handler, on its event loop: it writes commands together, reads replies, and watches deadlines.
//
// CommandQueue decides about the waiting commands, and this shell performs its decisions. All of it runs on the
// channel's event loop.
//
//     open ──(channel inactive, protocol error, stuck, write error)──► closed: all waiters failed, nothing is taken

internal import Glibc
internal import NIOCore
internal import Synchronization

typealias CommandWaiter = UnsafeContinuation<RedisOutcome, Never>

final class CommandHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The first size of the write buffer, in bytes.
    private static let outgoingCapacity = 16_384
    /// So many commands are written at once, before the turn of the event loop ends, so that the server can begin.
    private static let commandsPerFlush = 16
    /// The pause before an alarm rings again that found replies in the socket.
    private static let lookAgain = TimeAmount.milliseconds(1)

    /// Is told of each write.
    private let observer: (any RedisObserver)?
    private let load: WireLoad
    private let reader = ReplyReader()
    private var queue: CommandQueue<CommandWaiter>
    private var context: ChannelHandlerContext?
    private var outgoing = ByteBufferAllocator().buffer(capacity: CommandHandler.outgoingCapacity)
    private var isFlushScheduled = false
    private var unflushedCount = 0
    private var alarm: (at: NIODeadline, task: Scheduled<Void>)?
    private(set) var closeReason: RedisError?

    init(configuration: RedisConfiguration, observer: (any RedisObserver)?, load: WireLoad) {
        self.observer = observer
        self.load = load
        queue = CommandQueue(
            limit: configuration.maxQueuedCommands, overdueLimit: TimeAmount(configuration.overdueLimit))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(RedisError(.connectionLost, "the connection was closed"))
        self.context = nil
    }

    /// Puts a command behind the others. All commands of one turn of the event loop are written together.
    func enqueue(_ command: RedisCommand, id: UInt64, calledAt: NIODeadline, waiter: CommandWaiter) {
        if let closeReason {
            waiter.resume(returning: RedisOutcome(result: .failure(closeReason)))
            return
        }
        guard !queue.isFull else {
            let error = RedisError(.queueFull, "\(queue.count) commands wait for replies already")
            waiter.resume(returning: RedisOutcome(result: .failure(error)))
            return
        }
        queue.append(
            CommandQueue.Entry(
                id: id, calledAt: calledAt, deadline: command.deadline, waiter: waiter))
        outgoing.writeImmutableBuffer(command.payload)
        load.inFlight.store(queue.count, ordering: .relaxed)
        unflushedCount += 1
        if unflushedCount >= Self.commandsPerFlush { flush() } else { scheduleFlush() }
    }

    func cancel(_ id: UInt64) {
        guard let completion = queue.cancel(id, at: .now()) else { return }
        completion.waiter.resume(returning: completion.outcome)
    }

    func flush() {
        let count = unflushedCount
        unflushedCount = 0
        guard let context, closeReason == nil, outgoing.readableBytes > 0 else { return }
        observer?.wrote(count)
        if let deadline = queue.markWritten(at: .now()) { setAlarm(at: deadline) }
        let bytes = outgoing
        outgoing = context.channel.allocator.buffer(capacity: Self.outgoingCapacity)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard closeReason == nil else { return }
        let now = NIODeadline.now()
        do throws(RedisError) {
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes throws(RedisError) in try reader.feed(bytes) }
            while let reply = try reader.next() {
                switch queue.receive(reply, at: now) {
                case .completed(let completion):
                    // First, so that the load no longer counts the command when its caller has the reply.
                    load.inFlight.store(queue.count, ordering: .relaxed)
                    completion.waiter.resume(returning: completion.outcome)
                case .skipped: load.inFlight.store(queue.count, ordering: .relaxed)
                case .unexpected: throw RedisError.unasked(reply)
                }
            }
        } catch {
            close(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(RedisError(.connectionLost, "the server closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(
            error as? RedisError ?? RedisError(ofTLS: error)
                ?? RedisError(.connectionLost, "the connection failed", underlying: error))
    }

    func close(_ reason: RedisError) {
        end(reason)
        context?.close(promise: nil)
    }

    private func end(_ reason: RedisError) {
        guard closeReason == nil else { return }
        closeReason = reason
        alarm?.task.cancel()
        alarm = nil
        outgoing.clear()
        for completion in queue.removeAll(reason, at: .now()) {
            completion.waiter.resume(returning: completion.outcome)
        }
        load.inFlight.store(0, ordering: .relaxed)
    }

    private func scheduleFlush() {
        guard !isFlushScheduled, let context else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.flush()
        }
    }

    /// Sets the alarm to go off at this moment at the latest. One alarm serves all commands.
    private func setAlarm(at deadline: NIODeadline) {
        if let alarm, alarm.at <= deadline { return }
        guard let context, deadline < .distantFuture else { return }
        alarm?.task.cancel()
        alarm = (deadline, context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.alarmRang() })
    }

    private func alarmRang() {
        alarm = nil
        let now = NIODeadline.now()
        // A loop that lags first reads what the server has sent, perhaps long ago.
        if hasUnreadBytes { return setAlarm(at: now + Self.lookAgain) }
        for completion in queue.expire(at: now) { completion.waiter.resume(returning: completion.outcome) }
        if queue.isStuck(at: now) {
            close(RedisError(.connectionLost, "the server has not replied for too long"))
        } else if let next = queue.nextAlarm {
            setAlarm(at: next)
        }
    }
}

extension CommandHandler {
    /// Whether bytes of the server wait in the socket. A lagging loop reads it many sockets later.
    private var hasUnreadBytes: Bool {
        let hasBytes = try? context?.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { socket in
            var question = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            return poll(&question, 1, 0) > 0
        }
        return hasBytes == true
    }
}

/// The load of a connection, for gauges that other threads read.
final class WireLoad: Sendable {
    let inFlight = Atomic<Int>(0)
}
