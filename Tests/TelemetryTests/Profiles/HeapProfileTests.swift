// The heap's samples for memory of known size.

import Glibc
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("The heap's profile", .enabled(if: HeapSampling.isBuilt))
struct HeapProfileTests {
    @Test("Allocated and freed memory is known by name, to within a tenth")
    func estimate() async {
        await #expect(processExitsWith: .success) {
            let profiles = Profiles(instruments: Instruments().profile, arguments: [])
            // Enough samples for an error of two percent.
            let count = 2_500
            let size = 512 * 1_024
            let blocks = allocateBlocks(count, size: size)
            for block in blocks[..<(count / 2)] { free(block) }
            let answer = await profiles.answer(ProfileQuery(name: "heap", query: ""))
            #expect(answer.status == 200)
            let profile = try ReadProfile(gzipped: answer.body)
            let types = ["inuse_objects/count", "inuse_space/bytes", "alloc_objects/count", "alloc_space/bytes"]
            #expect(profile.types == types)
            #expect(profile.periodType == "space/bytes")
            #expect(profile.period == 524_288)
            // Without Swift's own small allocations there: a sample of these stands for thousands of objects.
            let ours = profile.samples.filter { sample in
                sample.functions.contains { $0.contains("allocateBlocks") }
                    && sample.values[3] > 1_024 * sample.values[2]
            }
            let sums = ours.reduce([0, 0, 0, 0]) { zip($0, $1.values).map(+) }
            let expected = [count / 2, count / 2 * size, count, count * size]
            for (sum, expected) in zip(sums, expected) {
                #expect(abs(Double(sum) / Double(expected) - 1) < 0.1, "\(sum) for \(expected)")
            }
            for block in blocks[(count / 2)...] { free(block) }
        }
    }

    @Test("Every way to allocate is sampled and still keeps its contract")
    func family() async {
        await #expect(processExitsWith: .success) {
            HeapSampling.start()
            var memory: UnsafeMutableRawPointer?
            for step in 1...2_000 {
                let size = step * 1_024
                #expect(posix_memalign(&memory, 4_096, size) == 0)
                #expect(UInt(bitPattern: memory) % 4_096 == 0)
                memory = realloc(memory, size * 2)
                free(memory)
                memory = calloc(size, 1)
                let bytes = UnsafeRawBufferPointer(start: memory, count: size)
                #expect(bytes.first == 0 && bytes.last == 0)
                free(memory)
                memory = aligned_alloc(64, size)
                #expect(UInt(bitPattern: memory) % 64 == 0)
                free(memory)
            }
            #expect(posix_memalign(&memory, 3, 8) == EINVAL)
            let stacks = HeapSampling.read().values
            #expect(stacks.contains { $0.objects > 0 && $0.freedObjects > 0 })
        }
    }

    @Test("An earlier reading can be subtracted; text is for people")
    func difference() async {
        let profiles = Profiles(instruments: Instruments().profile, arguments: [])
        let text = await profiles.answer(ProfileQuery(name: "allocs", query: "seconds=1&debug=1"))
        #expect(text.status == 200)
        #expect(String(decoding: text.body, as: UTF8.self).hasPrefix("heap profile: "))
        for query in ["seconds=301", "seconds=-1", "debug=2"] {
            #expect(await profiles.answer(ProfileQuery(name: "heap", query: query)).status == 400)
        }
    }
}

/// Not inlined, so that it is in the stacks.
@inline(never)
func allocateBlocks(_ count: Int, size: Int) -> [UnsafeMutableRawPointer] {
    (0..<count).compactMap { _ in malloc(size) }
}
