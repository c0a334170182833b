import Foundation


/// A throw-away Redis until DevStack's own is there; the same calls.
final class PrivateRedis: @unchecked Sendable {
    let port: Int
    private let directory: String
    private let durable: Bool
    private var process: Process

    struct Configuration { var durable = true; static var ephemeral: Self { Self(durable: false) }; init(durable: Bool = true) { self.durable = durable } }

    private init(port: Int, directory: String, durable: Bool, process: Process) {
        self.port = port; self.directory = directory; self.durable = durable; self.process = process
    }
    static func start(_ configuration: Configuration = Configuration()) async throws -> PrivateRedis {
        let port = Int.random(in: 20_000...50_000)
        let directory = NSTemporaryDirectory() + "redis-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let p = try launch(port, directory, configuration.durable)
        return PrivateRedis(port: port, directory: directory, durable: configuration.durable, process: p)
    }
    private static func launch(_ port: Int, _ directory: String, _ durable: Bool) throws -> Process {
        let p = Process()
        p.executableURL = URL(fileURLWithPath: "/usr/bin/redis-server")
        p.arguments = ["--port", "\(port)", "--bind", "127.0.0.1", "--requirepass", "s3cret", "--save", "", "--dir", directory, "--appendonly", durable ? "yes" : "no", "--loglevel", "warning"]
        try p.run()
        for _ in 0..<200 {
            let c = Process(); c.executableURL = URL(fileURLWithPath: "/usr/bin/redis-cli")
            c.arguments = ["-p", "\(port)", "-a", "s3cret", "ping"]; let out = Pipe(); c.standardOutput = out; c.standardError = FileHandle.nullDevice
            try c.run(); c.waitUntilExit()
            if String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).contains("PONG") { break }
            usleep(20_000)
        }
        return p
    }
    var url: String { "redis://:s3cret@127.0.0.1:\(port)/0" }
    var processID: Int32? { process.processIdentifier }
    enum Signal: Int32 { case kill = 9, stop = 19, resume = 18, terminate = 15 }
    func kill(_ signal: Signal) { Foundation.kill(process.processIdentifier, signal.rawValue) }
    func restart() async throws { process.waitUntilExit(); process = try Self.launch(port, directory, durable) }
    func stop() async { Foundation.kill(process.processIdentifier, 9); process.waitUntilExit(); try? FileManager.default.removeItem(atPath: directory) }
    deinit { Foundation.kill(process.processIdentifier, 9) }
}
