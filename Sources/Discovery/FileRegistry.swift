// The registry of a deployment whose instances an operator knows: a JSON file, or nothing. It writes nothing, and hears
// no beats but those of its own process.

internal import Foundation
internal import Synchronization
internal import Textbook
internal import Threads

/// `{"instances": [{"api": "http://10.0.0.7:8080", "ops": "http://10.0.0.7:9464"}]}`, read at each look, so that an
/// edited file counts.
public final class FileRegistry: Registry {
    private let path: String?
    private let beating = Mutex<[String: Instance]>([:])
    private let isReading = Mutex(false)

    /// - Parameter path: nil for no file.
    public init(path: String?) {
        self.path = path
    }

    public func beat(_ instance: Instance) async throws(RegistryFailure) {
        beating.withLock { $0[instance.id] = instance }
    }

    public func instances() async throws(RegistryFailure) -> [Instance] {
        try await written() + beating.withLock { Array($0.values) }
    }

    public func leave(_ instance: Instance) async throws(RegistryFailure) {
        beating.withLock { $0[instance.id] = nil }
    }

    private func written() async throws(RegistryFailure) -> [Instance] {
        guard let path else { return [] }
        guard let bytes = try await content(of: path) else { throw RegistryFailure("\(path) cannot be read") }
        let json: JSONValue
        do throws(JSONFailure) {
            json = try JSONValue(ofFile: bytes, depth: 8)
        } catch {
            throw RegistryFailure("\(path) \(error.why)")
        }
        guard let list = json["instances"]?.array else { throw RegistryFailure("\(path) has no list \"instances\"") }
        return list.prefix(RegistryLimits.instances).compactMap(Instance.init)
    }

    /// The file's bytes; nil if it cannot be read. A pipe without a writer or a folder whose server is gone holds up
    /// the thread that reads, and nobody else: the next look finds it at work, and starts no other.
    private func content(of path: String) async throws(RegistryFailure) -> Data? {
        let (contents, end) = AsyncStream<Data?>.makeStream()
        let isFirst = isReading.withLock { isReading in
            defer { isReading = true }
            return !isReading
        }
        if isFirst {
            let failure = startThread(named: "registry-file") { [self] in
                let file = FileHandle(forReadingAtPath: path)
                let bytes = file.flatMap { try? $0.read(upToCount: RegistryLimits.answerBytes) ?? Data() }
                isReading.withLock { $0 = false }
                end.yield(bytes)
            }
            if failure != 0 { isReading.withLock { $0 = false } }
        }
        let alarm = Task {
            try await Task.sleep(for: RegistryLimits.call)
            end.finish()
        }
        defer { alarm.cancel() }
        for await content in contents { return content }
        throw RegistryFailure("\(path) does not answer")
    }
}
