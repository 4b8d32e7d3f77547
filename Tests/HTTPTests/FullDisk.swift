import Platform
import Synchronization

/// A disk that is full when the test says so.
final class FullDisk: Sendable {
    private let isFull = Atomic<Bool>(false)

    func fill(_ isFull: Bool) { self.isFull.store(isFull, ordering: .sequentiallyConsistent) }

    var fileSystem: FileSystem {
        var fileSystem = FileSystem.system
        fileSystem.volume = { (_: String) throws(FileError) in
            let isFull = self.isFull.load(ordering: .sequentiallyConsistent)
            return VolumeStatus(typeName: "ext4", totalBytes: 1 << 40, freeBytes: isFull ? 1 << 20 : 100 << 30)
        }
        return fileSystem
    }
}
