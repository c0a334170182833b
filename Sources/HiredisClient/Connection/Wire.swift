// The way to a connection's handler from any task: directly on its event loop, through an inbox from other threads.

internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import TLSClient

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

    /// Opens a socket on the event loop, under TLS if there is a context for it. It sends no command yet.
    static func connect(
        to address: RedisConfiguration.Address, under tls: TLSContext?, within timeout: Duration,
        _ configuration: RedisConfiguration, _ observer: (any RedisObserver)?, on eventLoop: any EventLoop
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
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(TimeAmount(timeout))
        do {
            switch address {
            case .tcp(let host, let port):
                // Each turn of the event loop already batches its commands. Nagle's algorithm would only delay them.
                let wire = try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .connect(host: host, port: port, channelInitializer: initialize)
                if let tls { try await wire.secure(under: tls, host: host, within: timeout) }
                return wire
            case .unix(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
            }
        } catch {
            throw error as? RedisError ?? RedisError(ofTLS: error)
                ?? RedisError(.connectionFailed, "no connection to \(address)", underlying: ConnectFailure(error))
        }
    }

    /// Puts TLS between the socket and the handler, and waits until the session is open.
    private func secure(under tls: TLSContext, host: String, within timeout: Duration) async throws {
        do {
            try await eventLoop.flatSubmit { [channel, eventLoop] in
                let opened = eventLoop.makePromise(of: Void.self)
                do {
                    let handler = TLSHandler(try tls.session(with: host), opened: opened)
                    try channel.pipeline.syncOperations.addHandler(handler, position: .first)
                } catch {
                    opened.fail(error)
                }
                let alarm = eventLoop.scheduleTask(in: TimeAmount(timeout)) {
                    opened.fail(RedisError(.deadlineExceeded, "no TLS with \(host) within \(timeout)"))
                }
                opened.futureResult.whenComplete { _ in alarm.cancel() }
                return opened.futureResult
            }.get()
        } catch {
            channel.close(promise: nil)
            throw error
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

    /// Ends the connection; commands that wait fail with the reason.
    func close(_ reason: RedisError) {
        eventLoop.execute { self.handler.value.close(reason) }
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
