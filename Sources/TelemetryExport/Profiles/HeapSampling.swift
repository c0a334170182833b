// Memory that malloc has given out, by stack, from the samples of CLinux.

internal import CLinux
internal import Telemetry

enum HeapSampling {
    /// The mean number of bytes for each sample; Go and tcmalloc use the same.
    static let period = 512 * 1_024

    /// Whether this build samples; `FLASHSALE_HEAP_PROFILE` at build time decides.
    static var isBuilt: Bool { clinux_heap_is_sampled() }

    static func start() {
        clinux_sample_heap(period, UInt(LoadedObject.mainStackEnd(maps: readMaps())))
    }

    /// The current figures, by the number of the stack.
    static func read() -> [UInt32: HeapStack] {
        var stacks: [UInt32: HeapStack] = [:]
        var stack = clinux_heap_stack()
        for number in 0..<UInt32(clinux_heap_stacks_max) where clinux_read_heap_stack(number, &stack) {
            if stack.objects > 0 { stacks[number] = HeapStack(stack) }
        }
        return stacks
    }
}

/// The estimated allocations of one stack.
struct HeapStack: Sendable {
    /// Addresses of code in the calls under way, innermost first.
    let frames: [UInt64]
    var objects: Double
    var bytes: Double
    var freedObjects: Double
    var freedBytes: Double

    init(_ stack: clinux_heap_stack) {
        let depth = min(Int(stack.depth), clinux_heap_frames_max)
        frames = withUnsafeBytes(of: stack.frames) { bytes in
            bytes.bindMemory(to: UInt.self).prefix(depth).map { UInt64($0 &- 1) }
        }
        (objects, bytes) = (stack.objects, stack.bytes)
        (freedObjects, freedBytes) = (stack.freed_objects, stack.freed_bytes)
    }

    /// The difference from an earlier reading of the same stack.
    func since(_ earlier: HeapStack?) -> HeapStack {
        guard let earlier else { return self }
        var difference = self
        difference.objects -= earlier.objects
        difference.bytes -= earlier.bytes
        difference.freedObjects -= earlier.freedObjects
        difference.freedBytes -= earlier.freedBytes
        return difference
    }
}

extension Profile {
    /// - Parameters:
    ///   - earlier: an earlier reading, whose figures are subtracted.
    ///   - standard: the type that a tool shows first.
    init(heap stacks: [UInt32: HeapStack], since earlier: [UInt32: HeapStack] = [:], standard: String) {
        self.init(
            types: ["inuse_objects", "inuse_space", "alloc_objects", "alloc_space"].map { type in
                ValueType(type: type, unit: type.hasSuffix("space") ? "bytes" : "count")
            },
            period: (ValueType(type: "space", unit: "bytes"), Int64(HeapSampling.period)))
        standardType = standard
        samples = stacks.map { number, stack in
            let stack = stack.since(earlier[number])
            let values = [
                stack.objects - stack.freedObjects, stack.bytes - stack.freedBytes, stack.objects, stack.bytes,
            ]
            return Sample(frames: stack.frames, values: values.map { Int64($0.rounded()) })
        }
    }
}
