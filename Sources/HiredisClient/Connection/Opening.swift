// Opening a connection: where the server is, the way to it, and whether it is fit.
//
//     sentinels ──(who is the master?)──► candidates ─► dial ─► handshake ─► proof ──► open
//                                              ▲ └──────────(not fit)────────┘
//                                              └── the next candidate, if there is one
//
// The masters of a cluster are known before: `RedisCluster` places an opening at each.
//
// Trust rule: nobody is believed. What a sentinel names is used only if it says itself that it is a master, and any
// server only if it lets the client do what the proof tries. So a connection that is open is fit.

internal import NIOCore
internal import Telemetry

/// One attempt to open a connection.
struct Opening {
    private(set) var configuration: RedisConfiguration
    /// Nil for connections without TLS.
    let tls: TLSContext?
    let chain: RedisChain
    let eventLoop: any EventLoop
    /// Nil for a server that is no node of a cluster.
    private var slots: SlotWatch?

    init(configuration: RedisConfiguration, tls: TLSContext?, chain: RedisChain, eventLoop: any EventLoop) {
        self.configuration = configuration
        self.tls = tls
        self.chain = chain
        self.eventLoop = eventLoop
    }

    /// The same at a master of a cluster.
    func placed(at master: RedisConfiguration.Address, watching slots: SlotWatch) -> Opening {
        var opening = self
        opening.configuration.location = .server(master)
        opening.slots = slots
        return opening
    }

    /// Opens a connection and closes it again.
    func meet() async -> Result<RedisServer, RedisError> {
        do throws(RedisError) {
            let connection = try await open()
            connection.close(RedisError(.connectionLost, "the server has been met"))
            return .success(connection.server)
        } catch {
            return .failure(error)
        }
    }

    /// Connects, authenticates, selects the database, learns who the server is, and proves that it is fit.
    func open() async throws(RedisError) -> RedisConnection {
        switch configuration.location {
        case .server(let address): return try await open(address)
        case .sentinels(let sentinels, let service, let credentials):
            var failure = RedisError(.connectionFailed, "there is no sentinel")
            for address in try await inquire(sentinels, service, credentials).candidates() {
                do throws(RedisError) {
                    return try await open(address)
                } catch {
                    failure = error
                }
            }
            throw failure
        case .cluster: preconditionFailure("an opening is placed at a master of the cluster")
        }
    }

    private func open(_ address: RedisConfiguration.Address) async throws(RedisError) -> RedisConnection {
        let wire = try await dial(address, within: configuration.connectTimeout)
        do throws(RedisError) {
            let server = try await introduce(over: wire, at: address)
            let connection = RedisConnection(
                server: server, wire: wire, chain: chain, commandTimeout: configuration.commandTimeout,
                proof: configuration.proof, slots: slots)
            try await connection.prove(within: configuration.connectTimeout)
            return connection
        } catch {
            wire.close(error)
            throw error
        }
    }

    /// Learns who the server is. A server that still loads its data replies to INFO, but not to PING.
    private func introduce(
        over wire: Wire, at address: RedisConfiguration.Address
    ) async throws(RedisError) -> RedisServer {
        let timeout = configuration.connectTimeout
        if let credentials = configuration.credentials {
            _ = try await step(.auth, credentials.words, over: wire, within: timeout)
        }
        _ = try await step(.ping, ["PING"], over: wire, within: timeout)
        if configuration.database != 0 {
            _ = try await step(.select, ["SELECT", String(configuration.database)], over: wire, within: timeout)
        }
        // Before version 7 INFO takes one section at most, and that error would say nothing about the version.
        let info = try await step(.other, ["INFO"], over: wire, within: timeout).string
        return try RedisServer(info: info ?? "", at: address, isNode: slots != nil)
    }

    private func dial(
        _ address: RedisConfiguration.Address, within timeout: Duration
    ) async throws(RedisError) -> Wire {
        let dial = Dial(to: address, under: tls, within: timeout, configuration, chain.observer, on: eventLoop)
        _ = try await chain(.dial, to: dial).result.get()
        guard let wire = dial.wire else { throw RedisError(.connectionFailed, "a middleware did not dial") }
        return wire
    }

    private func step(
        _ label: RedisCommandLabel, _ words: [String], over wire: Wire, within timeout: Duration
    ) async throws(RedisError) -> RedisReply {
        var command = RedisCommand(label, words)
        command.deadline = .now() + TimeAmount(timeout)
        do throws(RedisError) {
            return try await chain(command, to: wire).result.get()
        } catch {
            throw error.refusal(of: words[0])
        }
    }
}

// MARK: - Sentinels

extension Opening {
    /// Ends a connection when most sentinels name another server and that one is fit. Returns when the task is
    /// cancelled, and at once if there are no sentinels.
    func watch(_ connection: RedisConnection) async {
        guard case .sentinels(let sentinels, let service, let credentials) = configuration.location else { return }
        while (try? await Task.sleep(for: configuration.sentinelInterval)) != nil {
            let inquiry = await inquire(sentinels, service, credentials)
            guard inquiry.isDecided, let named = try? inquiry.candidates().first, named != connection.server.address,
                let other = try? await open(named)
            else { continue }
            let reason = RedisError(.connectionLost, "the sentinels name \(named) as the master now")
            other.close(reason)
            connection.close(reason)
        }
    }

    /// Asks all sentinels at once, until most of them agree or each has answered.
    private func inquire(
        _ sentinels: [RedisConfiguration.Address], _ service: String, _ credentials: RedisConfiguration.Credentials?
    ) async -> SentinelInquiry {
        await withTaskGroup(of: SentinelInquiry.Answer.self) { group in
            for sentinel in sentinels { group.addTask { await ask(sentinel, service, credentials) } }
            var inquiry = SentinelInquiry(service: service, count: sentinels.count)
            for await answer in group {
                inquiry.take(answer)
                if inquiry.isDecided { group.cancelAll() }
            }
            return inquiry
        }
    }

    private func ask(
        _ sentinel: RedisConfiguration.Address, _ service: String, _ credentials: RedisConfiguration.Credentials?
    ) async -> SentinelInquiry.Answer {
        let timeout = configuration.inquiryTimeout
        do throws(RedisError) {
            let wire = try await dial(sentinel, within: timeout)
            defer { wire.close(RedisError(.connectionLost, "the sentinel has been asked")) }
            if let credentials { _ = try await step(.auth, credentials.words, over: wire, within: timeout) }
            let words = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", service]
            let reply = try await step(.other, words, over: wire, within: timeout)
            return SentinelInquiry.Answer(reply)
        } catch {
            return .failed("\(sentinel): \(error.message)")
        }
    }
}

// MARK: - Clusters

extension Opening {
    /// Asks a node of a cluster which master serves which slot, over a connection if there is one.
    func askForSlots(
        _ node: RedisConfiguration.Address, over connection: RedisConnection?
    ) async -> Result<ClusterInquiry.Answer, RedisError> {
        let timeout = configuration.inquiryTimeout
        do throws(RedisError) {
            guard let connection else {
                let wire = try await dial(node, within: timeout)
                defer { wire.close(RedisError(.connectionLost, "the node has been asked")) }
                if let credentials = configuration.credentials {
                    _ = try await step(.auth, credentials.words, over: wire, within: timeout)
                }
                return .success(
                    try await answer(of: node) { words throws(RedisError) in
                        try await step(.other, words, over: wire, within: timeout)
                    })
            }
            return .success(
                try await answer(of: node) { words throws(RedisError) in
                    try await connection.send(RedisCommand(.other, words), within: timeout)
                })
        } catch {
            let reason = error.refusal(of: "CLUSTER")
            return .failure(RedisError(reason.code, "\(node): \(reason.message)", underlying: error))
        }
    }

    private func answer(
        of node: RedisConfiguration.Address, _ ask: ([String]) async throws(RedisError) -> RedisReply
    ) async throws(RedisError) -> ClusterInquiry.Answer {
        let map = try SlotMap(try await ask(["CLUSTER", "SLOTS"]), from: node)
        return ClusterInquiry.Answer(map, info: try await ask(["CLUSTER", "INFO"]).string ?? "")
    }
}

extension RedisConfiguration.Credentials {
    fileprivate var words: [String] { ["AUTH"] + [user, password].compactMap(\.self) }
}
