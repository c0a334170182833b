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

    /// The use of two clients together.
    public static func + (left: RedisUsage, right: RedisUsage) -> RedisUsage {
        var sum = RedisUsage(
            connectionsMax: left.connectionsMax + right.connectionsMax,
            commandsMax: left.commandsMax + right.commandsMax, reconnects: left.reconnects + right.reconnects)
        sum.connectionsActive = left.connectionsActive + right.connectionsActive
        sum.connectionsIdle = left.connectionsIdle + right.connectionsIdle
        sum.commandsQueued = left.commandsQueued + right.commandsQueued
        return sum
    }

    mutating func add(commandsInFlight: Int) {
        if commandsInFlight > 0 { connectionsActive += 1 } else { connectionsIdle += 1 }
        commandsQueued += commandsInFlight
    }
}
