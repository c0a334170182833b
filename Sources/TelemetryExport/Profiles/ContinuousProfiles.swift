// The continuous mode writes one profile after the other into files, so that an operator can see what happened before.

internal import Telemetry
internal import Textbook

/// The destination of the continuous mode's profiles.
public struct ContinuousProfiles: Sendable {
    /// The directory of the files.
    public let directory: String
    let files: ProfileFiles
    let store: ProfileStore?
    /// From one profile to the next.
    let interval: Duration

    /// - Parameters:
    ///   - directory: is made if it does not exist.
    ///   - store: receives each file; the local file is removed once the store has it.
    public init(directory: String, store: ProfileStore? = nil, interval: Duration = .seconds(30)) {
        self.directory = directory
        files = ProfileFiles(directory: directory)
        self.store = store
        self.interval = interval
    }

    /// Samples for each second of CPU time.
    private static let rate = 100
    /// How long the mode pauses when a client takes a profile.
    private static let retry = Duration.seconds(1)

    /// Takes profiles until the flag is set.
    func run(_ instruments: ProfileInstruments, ending: StopFlag) async {
        while !ending.isSet, !Task.isCancelled {
            do throws(CPUProfiler.Refusal) {
                let profile = try await CPUProfiler.shared.profile(
                    for: interval, rate: Self.rate, ending: ending, givesWay: true)
                await keep(profile, instruments)
            } catch {
                if error != .busy { instruments.requestsTotal.increment(ProfileLabels(.continuous, .failed)) }
                try? await Task.sleep(for: Self.retry)
            }
        }
    }

    private func keep(_ profile: Profile, _ instruments: ProfileInstruments) async {
        let written = await withOwnThread(named: "profiler") { _ in
            var written = [write(profile, kind: "cpu", instruments)]
            if HeapSampling.isBuilt {
                let heap = Profile(heap: HeapSampling.read(), standard: "inuse_space")
                written.append(write(heap, kind: "mem", instruments))
            }
            return written.compactMap(\.self)
        }
        guard let written, let store else { return }
        for file in written {
            let isStored = await store.put(file.bytes, name: String(file.path.split(separator: "/").last ?? ""))
            instruments.requestsTotal.increment(ProfileLabels(.upload, isStored ? .ok : .failed))
            if isStored { files.remove(file.path) }
        }
    }

    private func write(
        _ profile: Profile, kind: String, _ instruments: ProfileInstruments
    ) -> (path: String, bytes: [UInt8])? {
        let bytes = profile.compressed()
        let path = files.write(bytes, kind: kind, at: profile.startedAt.seconds)
        instruments.requestsTotal.increment(ProfileLabels(.continuous, path == nil ? .failed : .ok))
        return path.map { ($0, bytes) }
    }
}

extension Profile {
    /// The compressed message, the form of the files.
    func compressed() -> [UInt8] { gzip(encoded(with: Symbols.current(for: addresses))) }
}
