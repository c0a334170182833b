// A session with an ensemble: what it made lasts as long as it does, and it outlives its connections.
//
//     none ──call──► open ──connection lost──► lost ──call──► open, the same session
//                                               └ the server says that it is over, or all are silent ──► none
//
// One caller asks at a time.

internal import NIOCore
internal import Textbook

actor ZooKeeperSession {
    private let servers: [HostPort]
    private let silence: Duration
    private let timeout: Duration
    /// The server that answered last.
    private var current = 0
    private var identity = ZooKeeperIdentity()
    private var connection: ZooKeeperConnection?
    private var calls: Int32 = 0

    /// - Parameter silence: how long it may ask nothing before it is over. The ensemble may allow less, or more.
    init(servers: [HostPort], silence: Duration) {
        precondition(!servers.isEmpty, "somebody has to be asked")
        self.servers = servers
        self.silence = silence
        // All are asked within the time of a call.
        timeout = RegistryLimits.call / (2 * servers.count)
    }

    /// The number of the session; 0 while there is none.
    var number: Int64 { identity.session }

    /// How many connections there were. What was watched is watched no more after another one.
    private(set) var connections = 0

    /// Asks all at once. A refusal that no caller expects is thrown.
    func ask(_ questions: [(call: ZooKeeperCall, body: ByteBuffer)]) async throws(RegistryFailure) -> [ZooKeeperReply] {
        let connection = try await connected()
        let frames = questions.map { question in
            calls = calls == .max ? 1 : calls + 1
            var frame = ByteBuffer(integer: question.call == .ping ? -2 : calls)
            frame.writeInteger(question.call.rawValue)
            frame.writeImmutableBuffer(question.body)
            return frame
        }
        let replies: [ZooKeeperReply]
        do {
            replies = try await connection.ask(frames).map { frame in
                var frame = frame
                guard let _: Int32 = frame.readInteger(), let _: Int64 = frame.readInteger(),
                    let code: Int32 = frame.readInteger()
                else { throw ZooKeeperTrouble(description: "an answer is too short") }
                return ZooKeeperReply(status: ZooKeeperStatus(rawValue: code), code: code, body: frame)
            }
        } catch {
            drop()
            throw failure("cannot be asked: \(error)")
        }
        if let refusal = replies.first(where: { $0.status == nil }) {
            drop()
            throw failure("refuses with \(refusal.code)")
        }
        return replies
    }

    func ask(_ call: ZooKeeperCall, _ body: ByteBuffer = ByteBuffer()) async throws(RegistryFailure) -> ZooKeeperReply {
        try await ask([(call, body)])[0]
    }

    /// The paths that have changed since the last call, of those that were watched.
    func takeChanges() async throws(RegistryFailure) -> Set<String> {
        do {
            return try await connection?.takeChanges() ?? []
        } catch {
            throw failure("cannot be asked: \(error)")
        }
    }

    /// Ends the session, and with it what it made.
    func end() async {
        guard identity.session != 0, (try? await ask(.close)) != nil else { return }
        drop()
        identity = ZooKeeperIdentity()
    }

    /// The connection that there is, or one to the first server that answers. A session that is over is followed by a
    /// new one.
    private func connected() async throws(RegistryFailure) -> ZooKeeperConnection {
        if let connection, connection.isOpen { return connection }
        var last = failure("was not asked")
        for _ in servers {
            do {
                let found = try await open()
                connection = found
                connections += 1
                return found
            } catch {
                last = failure("cannot be asked: \(error)")
                current = (current + 1) % servers.count
            }
        }
        throw last
    }

    private func open() async throws -> ZooKeeperConnection {
        let server = servers[current]
        for wanted in identity.session == 0 ? [identity] : [identity, ZooKeeperIdentity()] {
            let connection = try await ZooKeeperConnection.open(server, timeout: timeout)
            let answer = try await connection.ask([wanted.question(silence: silence)])[0]
            if let given = ZooKeeperIdentity(answer) {
                identity = given
                return connection
            }
            connection.close()
            identity = ZooKeeperIdentity()
        }
        throw ZooKeeperTrouble(description: "it gives no session")
    }

    private func drop() {
        connection?.close()
        connection = nil
    }

    private func failure(_ why: String) -> RegistryFailure {
        RegistryFailure("ZooKeeper at \(servers[current]) \(why)")
    }
}
