internal import Dispatch
internal import Synchronization

/// What a piece of work needed of memory, in bytes.
public struct MemoryUse: Sendable {
    /// The most that was resident, pages of mapped files among it.
    public var peakResident: Int64
    /// The most that was resident and not backed by a file.
    public var peakAnonymous: Int64
    /// The same before the work began: what it found, not what it took.
    public var anonymousBefore: Int64
}

/// Looks at this process's memory every 10 milliseconds, from its making to `finish`: the kernel keeps no peak of what is
/// not backed by a file.
final class MemorySampler: Sendable {
    private let before: Int64
    private let peak = Atomic<Int64>(0)
    private let isOver = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)

    init() {
        ProcessMemory.resetPeak()
        before = ProcessMemory.anonymousBytes
        // A queue of its own, so that no other work keeps it from looking.
        DispatchQueue(label: "annals.bench.memory", qos: .userInteractive).async { [self] in
            while !isOver.load(ordering: .relaxed) {
                sample()
                wait()
            }
            ended.signal()
        }
    }

    private func sample() { peak.max(ProcessMemory.anonymousBytes, ordering: .relaxed) }

    private func wait() { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(10)) }

    func finish() -> MemoryUse {
        isOver.store(true, ordering: .relaxed)
        ended.wait()
        sample()
        return MemoryUse(
            peakResident: ProcessMemory.peakBytes, peakAnonymous: peak.load(ordering: .relaxed), anonymousBefore: before
        )
    }
}
