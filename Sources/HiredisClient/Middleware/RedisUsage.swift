// The gauges of the client.

/// How the client is used at one moment.
public struct RedisUsage: Hashable, Sendable {
    /// Connections with commands that wait for replies.
    public private(set) var connectionsActive = 0
    /// Connections without any.
    public private(set) var connectionsIdle = 0
    /// The most connections.
    public let connectionsMax: Int
    /// Commands that wait for replies, over all connections.
    public private(set) var commandsQueued = 0
    /// How many commands may wait, over all connections.
    public let commandsMax: Int
    /// Connections made after one was lost, since the start.
    public let reconnects: Int

    init(connectionsMax: Int, commandsMax: Int, reconnects: Int) {
        self.connectionsMax = connectionsMax
        self.commandsMax = commandsMax
        self.reconnects = reconnects
    }

    mutating func add(commandsInFlight: Int) {
        if commandsInFlight > 0 { connectionsActive += 1 } else { connectionsIdle += 1 }
        commandsQueued += commandsInFlight
    }
}
