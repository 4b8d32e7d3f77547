import Dispatch
import Platform
import Synchronization

/// A disk that is as full as the test says, for the log and for the views apart, and that can be held up.
final class TroubledDisk: Sendable {
    private let free = Mutex((log: 100 << 30, views: 100 << 30))
    private let held = Atomic<Bool>(false)
    /// Free space is asked for before each commit: who asks while it is held waits.
    private let gate = DispatchSemaphore(value: 0)
    private let waiting = DispatchSemaphore(value: 0)

    func setFree(log: Int = 100 << 30, views: Int = 100 << 30) { free.withLock { $0 = (log, views) } }

    func hold() { held.store(true, ordering: .sequentiallyConsistent) }

    /// Until the log's flusher stands before its commit.
    func waitUntilHeld() { waiting.wait() }

    func letGo() {
        held.store(false, ordering: .sequentiallyConsistent)
        gate.signal()
    }

    var fileSystem: FileSystem {
        var fileSystem = FileSystem.system
        fileSystem.volume = { (path: String) throws(FileError) in
            if path.hasSuffix("/log"), self.held.load(ordering: .sequentiallyConsistent) {
                self.waiting.signal()
                self.gate.wait()
            }
            let free = self.free.withLock { path.hasSuffix("/views") ? $0.views : $0.log }
            return VolumeStatus(typeName: "ext4", totalBytes: 1 << 40, freeBytes: free)
        }
        return fileSystem
    }
}
