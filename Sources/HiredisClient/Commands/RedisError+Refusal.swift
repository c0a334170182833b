// Refusals that speak of the server and not of the command: what they mean, and what to do about them.
//
// The step is the same for all: leave the connection. The next one opens as soon as the server is fit, as its handshake
// and its proof find out; and by then it may be to another server.

extension RedisError {
    /// States that pass, or end with another server.
    private static let states = [
        "READONLY": "Redis is a replica and cannot write",
        "MASTERDOWN": "Redis is a replica that has lost its master",
        "LOADING": "Redis still loads its data",
        "BUSY": "a script of somebody keeps Redis busy",
        "MISCONF": "Redis refuses writes, because it cannot save its data",
        "OOM": "Redis refuses writes, because its memory is full",
        "NOREPLICAS": "Redis refuses writes, because too few replicas follow it",
        "CLUSTERDOWN": "the cluster is down, or has slots without a master",
    ]

    /// What an operator has to set right.
    private static let demands = [
        "NOAUTH": "Redis asks for a password: put it into the URL",
        "WRONGPASS": "Redis refuses the user or the password",
        "DENIED": "Redis is in protected mode: give it a password, or the addresses that it may listen on",
    ]

    /// The steps whose words stand in the URL: what is refused about them no wait will cure.
    private static let wordsOfURL = ["AUTH": "the user or the password", "SELECT": "the database"]

    /// Whether the server refuses more than this one command, because of its state or of the client's rights.
    var isOfServer: Bool {
        guard case .server(let prefix) = code else { return false }
        return Self.states[prefix] != nil || Self.demands[prefix] != nil || lacksRight
    }

    /// Whether the server says that it does not serve a slot, or not all of it: that says nothing of the server.
    var isOfSlot: Bool {
        guard case .server(let prefix) = code else { return false }
        return ["MOVED", "ASK", "TRYAGAIN"].contains(prefix)
    }

    /// Whether the server does not know the command, which an operator may have renamed.
    var isOfUnknownCommand: Bool { message.contains("unknown command") }

    /// Whether the client's map of the slots may be wrong.
    var isOfMap: Bool { isMoved || code == .server(prefix: "CLUSTERDOWN") }

    /// Whether the server says that another one serves the slot.
    var isMoved: Bool { code == .server(prefix: "MOVED") }

    /// Why a server is not fit: the error of a connection, from that of a step.
    ///
    /// - Parameters:
    ///   - command: the step.
    ///   - key: the key that it was about, if there is one.
    /// - Returns: an error with the code `configuration` if no wait will cure it.
    func refusal(of command: String, on key: String? = nil) -> RedisError {
        guard case .server(let prefix) = code else { return self }
        func make(_ code: Code, _ message: String) -> RedisError { RedisError(code, message, underlying: self) }
        if let state = Self.states[prefix] { return make(.connectionFailed, "\(state) (\(prefix))") }
        if let demand = Self.demands[prefix] { return make(.configuration, demand) }
        if lacksRight {
            if let key, message.contains("the keys") || message.contains("a key") {
                return make(.configuration, "the Redis user lacks the right to the key \(key)")
            }
            // The server quotes the command that it refused; inside a script, older ones do not name it.
            let quoted = message.firstRange(of: "the '").map { message[$0.upperBound...].prefix { $0 != "'" } }
            return make(.configuration, "the Redis user lacks the right +\(quoted.map(String.init) ?? command)")
        }
        if message.contains("cluster support disabled") {
            return make(.configuration, "Redis is no node of a cluster: write redis:// for a single server")
        }
        if isOfUnknownCommand {
            return make(.configuration, "Redis does not know the command \(command), or it is renamed")
        }
        if message.contains("max number of clients") {
            return make(.connectionFailed, "Redis has as many clients as it may have (maxclients)")
        }
        if let words = Self.wordsOfURL[command] {
            return make(.configuration, "Redis refuses \(words) of the URL: \(message)")
        }
        return make(.connectionFailed, "\(command) was answered with \(message)")
    }

    /// What a server says of itself before it closes a connection, without having been asked.
    static func unasked(_ reply: RedisReply) -> RedisError {
        guard case .error(let text) = reply else {
            return RedisError(.protocol, "the server sent a reply that no command asked for")
        }
        return RedisError(reply: text).refusal(of: "a connection")
    }

    /// Whether an error reply says that the user lacks a right, in any version's words.
    static func isOfRights(_ text: String) -> Bool {
        text.hasPrefix("NOPERM ") || text.contains("ACL failure in script")
            || text.hasPrefix("ERR The user executing the script can't")
    }

    private var lacksRight: Bool { Self.isOfRights(message) }
}
