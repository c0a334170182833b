// The registry of a deployment whose instances an operator knows: a JSON file, or nothing. It writes nothing, and hears
// no beats but those of its own process.

internal import Foundation
internal import Synchronization
internal import Textbook

/// `{"instances": [{"api": "http://10.0.0.7:8080", "ops": "http://10.0.0.7:9464"}]}`, read at each look, so that an
/// edited file counts.
public final class FileRegistry: Registry {
    private let path: String?
    private let beating = Mutex<[String: Instance]>([:])

    /// - Parameter path: nil for no file.
    public init(path: String?) {
        self.path = path
    }

    public func beat(_ instance: Instance) async throws(RegistryFailure) {
        beating.withLock { $0[instance.id] = instance }
    }

    public func instances() async throws(RegistryFailure) -> [Instance] {
        try written() + beating.withLock { Array($0.values) }
    }

    public func leave(_ instance: Instance) async throws(RegistryFailure) {
        beating.withLock { $0[instance.id] = nil }
    }

    private func written() throws(RegistryFailure) -> [Instance] {
        guard let path else { return [] }
        guard let file = FileHandle(forReadingAtPath: path),
            let bytes = try? file.read(upToCount: RegistryLimits.answerBytes) ?? Data()
        else { throw RegistryFailure("\(path) cannot be read") }
        let json: JSONValue
        do throws(JSONFailure) {
            json = try JSONValue(parsing: bytes, depth: 8)
        } catch {
            throw RegistryFailure("\(path) \(error.why)")
        }
        guard let list = json["instances"]?.array else { throw RegistryFailure("\(path) has no list \"instances\"") }
        return list.prefix(RegistryLimits.instances).compactMap(Instance.init)
    }
}
