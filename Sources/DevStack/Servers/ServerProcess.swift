// The process of a private server of any kind: it finds a port, starts under a watcher, answers, and ends. The recipe
// holds what differs from kind to kind.
//
//     stopped ──start, restart──► running ──answers──► ready ──kill(signal)──► ready, frozen or stopped
//     ready ──stop, this process's end──► stopped; an ephemeral directory is removed

import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// What one kind of server needs to run on a port.
struct ServerRecipe: Sendable {
    /// Its name in messages.
    var name: String
    /// Ends it in order.
    var stopSignal: ServerSignal
    /// Ends it after the end of this process, when no caller waits for an orderly end.
    var lastSignal: ServerSignal
    /// The command to run on a port.
    var command: @Sendable (LoopbackPort) throws -> [String]
    /// Whether the server on the port is this one and answers.
    var isReady: @Sendable (LoopbackPort) -> Bool
}

/// A private server while it runs.
public final class ServerProcess: Sendable {
    let port: LoopbackPort
    let directory: ServerDirectory
    private let recipe: ServerRecipe
    private let readyWithin: Duration
    private let current: Mutex<WatchedProcess>

    private init(
        _ recipe: ServerRecipe, in directory: ServerDirectory, port: LoopbackPort, readyWithin: Duration,
        process: WatchedProcess
    ) {
        self.recipe = recipe
        self.directory = directory
        self.port = port
        self.readyWithin = readyWithin
        current = Mutex(process)
    }

    /// Starts the server and waits until it answers. Another process may take a free port before the server binds it,
    /// so a few are tried.
    static func start(
        _ recipe: ServerRecipe, at place: ServerPlace, in directory: ServerDirectory, lock: DirectoryLock,
        logger: Logger
    ) async throws -> ServerProcess {
        try directory.write("", to: "server.log")
        for attempt in 1... {
            let port = try place.port.map(LoopbackPort.init) ?? .free()
            do {
                let process = try await run(
                    recipe, in: directory, lock: lock, port: port, readyWithin: place.readyWithin)
                logger.debug(
                    "private server is ready", metadata: ["server": "\(recipe.name)", "port": "\(port.number)"])
                return ServerProcess(
                    recipe, in: directory, port: port, readyWithin: place.readyWithin, process: process)
            } catch let error as DevStackError where error.code == .portInUse {
                if place.port != nil || attempt == portAttempts { throw error }
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    /// Starts it again on its port after it has ended.
    func restart() async throws {
        let ended = current.withLock { $0 }
        guard await ended.watcher.end(within: DirectoryLock.ownersEnd) != nil else {
            throw DevStackError(.notReady, "\(recipe.name) still runs: end it before starting it again.")
        }
        let lock = try await directory.lock(patience: DirectoryLock.ownersEnd)
        let next = try await Self.run(recipe, in: directory, lock: lock, port: port, readyWithin: readyWithin)
        current.withLock { $0 = next }
    }

    /// Sends the server a signal.
    func kill(_ signal: ServerSignal) {
        current.withLock { $0.send(signal) }
    }

    /// Ends the server in order, with force if that takes too long, and removes its directory if it is ephemeral.
    ///
    /// Returns when its last process has ended. A task of its own, since a cancelled one could not wait for that, and
    /// stopping is what a cancelled task does last.
    func stop() async {
        await Task { await stopInOrder() }.value
    }

    private func stopInOrder() async {
        let process = current.withLock { $0 }
        process.send(recipe.stopSignal)
        process.send(.resume)
        if await process.watcher.end(within: Self.orderlyEnd) == nil {
            process.release()
            _ = await process.watcher.end(within: DirectoryLock.ownersEnd)
        }
        _ = try? await directory.lock(patience: DirectoryLock.ownersEnd)
        await directory.close()
    }

    /// The server's process id, as its watcher noted it.
    var id: pid_t? { Self.processID(in: directory) }

    /// Every process that belongs to the server: itself, its watcher and its directory's janitor.
    var allIDs: [pid_t] {
        [id, current.withLock { $0.watcher.id }, directory.janitorID].compactMap { $0 }
    }

    private static let portAttempts = 5
    private static let orderlyEnd = Duration.seconds(10)

    private static func processID(in directory: ServerDirectory) -> pid_t? {
        directory.text("pid")?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    private static func run(
        _ recipe: ServerRecipe, in directory: ServerDirectory, lock: DirectoryLock, port: LoopbackPort,
        readyWithin: Duration
    ) async throws -> WatchedProcess {
        guard port.isFree else {
            throw DevStackError(.portInUse, "\(recipe.name) cannot listen on port \(port.number): it is taken.")
        }
        try directory.remove("pid")
        let process = try WatchedProcess(
            recipe.command(port), lastSignal: recipe.lastSignal, output: directory.log, pidFile: directory.pidFile,
            lock: lock)
        let answer = await poll(within: readyWithin) { () -> Bool? in
            if process.watcher.exitStatus != nil { return false }
            return processID(in: directory) != nil && recipe.isReady(port) ? true : nil
        }
        if answer == true { return process }
        // Dropping the process ends it.
        try Task.checkCancellation()
        let tail = directory.tail()
        if tail.lowercased().contains("address already in use") {
            throw DevStackError(.portInUse, "\(recipe.name) cannot listen on port \(port.number): it is taken.")
        }
        let what = answer == false ? "ended while it started" : "did not answer within \(readyWithin)"
        throw DevStackError(.notReady, "\(recipe.name) \(what).", logTail: tail)
    }
}
