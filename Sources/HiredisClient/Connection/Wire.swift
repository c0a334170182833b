// The way to a connection's handler from any task: directly on its event loop, through an inbox from other threads.

internal import NIOCore
internal import NIOPosix
internal import Synchronization

final class Wire: Sendable {
    private struct Submission {
        let command: RedisCommand
        let id: UInt64
        let calledAt: NIODeadline
        let waiter: CommandWaiter
    }

    let eventLoop: any EventLoop
    let load: WireLoad

    private let channel: any Channel
    private let handler: NIOLoopBound<CommandHandler>
    private let inbox = Mutex<[Submission]>([])
    private let lastID = Atomic<UInt64>(0)

    private init(channel: any Channel, handler: NIOLoopBound<CommandHandler>, load: WireLoad) {
        self.channel = channel
        self.handler = handler
        self.load = load
        eventLoop = channel.eventLoop
    }

    /// Opens a socket on the event loop. It sends nothing yet.
    static func connect(
        _ configuration: RedisConfiguration, observer: (any RedisObserver)?, on eventLoop: any EventLoop
    ) async throws(RedisError) -> Wire {
        let load = WireLoad()
        let initialize: @Sendable (any Channel) -> EventLoopFuture<Wire> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = CommandHandler(configuration: configuration, observer: observer, load: load)
                try channel.pipeline.syncOperations.addHandler(handler)
                let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                return Wire(channel: channel, handler: bound, load: load)
            }
        }
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(TimeAmount(configuration.connectTimeout))
        do {
            switch configuration.address {
            case .tcp(let host, let port):
                // Each turn of the event loop already batches its commands. Nagle's algorithm would only delay them.
                return try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .connect(host: host, port: port, channelInitializer: initialize)
            case .unix(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
            }
        } catch {
            throw RedisError(.connectionFailed, "no connection to \(configuration)", underlying: error)
        }
    }

    /// Sends a command and awaits its end: its last reply, its deadline, the connection's end or,
    /// unless it is shared, the caller's cancellation. It is the last link of the middleware chain.
    func transmit(_ command: RedisCommand) async -> RedisOutcome {
        let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        let calledAt = NIODeadline.now()
        guard !command.isShared else {
            return await withUnsafeContinuation { waiter in
                submit(Submission(command: command, id: id, calledAt: calledAt, waiter: waiter))
            }
        }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { waiter in
                submit(Submission(command: command, id: id, calledAt: calledAt, waiter: waiter))
                // A cancellation that came before the command was in the queue had no effect.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Returns when the connection has ended, with the reason. Cancelling the task ends it.
    func closed() async -> RedisError {
        await withTaskCancellationHandler {
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        let reason = try? await eventLoop.submit { [handler] in handler.value.closeReason }.get()
        return (reason ?? nil) ?? RedisError(.connectionLost, "the connection was closed")
    }

    func close() {
        channel.close(promise: nil)
    }

    private func submit(_ submission: Submission) {
        if eventLoop.inEventLoop {
            enqueue(submission)
        } else {
            let isFirst = inbox.withLock { inbox in
                inbox.append(submission)
                return inbox.count == 1
            }
            if isFirst { eventLoop.execute { self.drain() } }
        }
    }

    private func enqueue(_ submission: Submission) {
        handler.value.enqueue(
            submission.command, id: submission.id, calledAt: submission.calledAt, waiter: submission.waiter)
    }

    private func drain() {
        let submissions = inbox.withLock { inbox in
            let submissions = inbox
            inbox.removeAll(keepingCapacity: true)
            return submissions
        }
        for submission in submissions { enqueue(submission) }
        handler.value.flush()
    }

    private func cancel(_ id: UInt64) {
        eventLoop.execute { self.handler.value.cancel(id) }
    }
}
