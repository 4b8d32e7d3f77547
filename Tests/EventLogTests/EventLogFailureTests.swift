import EventLog
import Glibc
import LMDB
import Platform
import Synchronization
import Testing

@Suite struct EventLogFailureTests {
    /// A disk whose free space the test says.
    final class Disk: Sendable {
        private let state = Mutex((freeBytes: 10 << 30, asked: 0))

        var freeBytes: Int {
            get { state.withLock { $0.freeBytes } }
            set { state.withLock { $0.freeBytes = newValue } }
        }
        var asked: Int { state.withLock { $0.asked } }

        var fileSystem: FileSystem {
            var fileSystem = FileSystem.system
            fileSystem.volume = { (_: String) throws(FileError) in
                self.state.withLock { state in
                    state.asked += 1
                    return VolumeStatus(typeName: "ext4", totalBytes: 1 << 40, freeBytes: state.freeBytes)
                }
            }
            return fileSystem
        }
    }

    static func refusal(_ log: EventLog, _ batch: LogBatch) -> LogError? {
        do throws(LogError) {
            try log.append(batch)
            return nil
        } catch {
            return error
        }
    }

    @Test func aFullDiskIsSeenBeforeLMDBIs() throws {
        let directory = try TemporaryDirectory()
        let disk = Disk()
        let clock = ManualClock()
        var options = LogOptions.small
        options.freeSpaceFloorBytes = 1 << 30
        let log = try openLog(directory, options, fileSystem: disk.fileSystem, clock: clock.clock)
        try append(1...2, to: log)
        try append(3...3, to: log)
        // Not asked for with every batch.
        #expect(disk.asked == 1)

        disk.freeBytes = (1 << 30) - 1
        clock.advance(milliseconds: 250)
        for _ in 0..<2 {
            guard case .diskFull(disk.freeBytes, 1 << 30) = Self.refusal(log, try batch(4...4)) else {
                Issue.record("a full disk was not seen")
                return
            }
        }
        // While the disk is full each try asks, so that appends go on as soon as there is space.
        #expect(disk.asked == 3)
        #expect(log.stopReason == nil)
        #expect(log.head.position == 3)
        disk.freeBytes = 2 << 30
        #expect(try append(4...4, to: log).position == 4)
    }

    @Test func freeSpaceIsAskedForAgainWhenMuchWasWritten() throws {
        let directory = try TemporaryDirectory()
        let disk = Disk()
        disk.freeBytes = 16 << 20
        let log = try openLog(directory, fileSystem: disk.fileSystem)
        for number in 1...20 { try append(number...number, to: log, padding: 100_000) }
        #expect((2...10).contains(disk.asked))
        // A batch that alone needs more than there is.
        guard case .diskFull = Self.refusal(log, try batch(21...100, padding: 100_000)) else {
            Issue.record("the batch's own size was not counted")
            return
        }
    }

    @Test func aFullMapRefusesAndGoesOn() throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions.small
        options.mapBytes = 1 << 20
        let log = try openLog(directory, options)
        try append(1...1, to: log)
        guard case .mapFull = Self.refusal(log, try batch(2...200, padding: 10_000)) else {
            Issue.record("a full map was not seen")
            return
        }
        #expect(log.stopReason == nil)
        #expect(try append(2...2, to: log).position == 2)
        #expect(try log.snapshot().last()?.position == 2)
    }

    @Test func aBatchTooLargeIsRefused() throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions.small
        options.largestBatchByteCount = 10_000
        let log = try openLog(directory, options)
        guard case .batchTooLarge(_, 10_000) = Self.refusal(log, try batch(1...2, padding: 5000)) else {
            Issue.record("a batch too large was not refused")
            return
        }
        #expect(log.head == .empty)
    }

    /// In a process of its own, since the limit on file sizes holds for the whole process: LMDB's write fails within
    /// the commit.
    @Test func afterAFailedCommitTheLogStops() async {
        await #expect(processExitsWith: .exitCode(0)) {
            signal(SIGXFSZ, SIG_IGN)
            let directory = try TemporaryDirectory()
            let log = try openLog(directory)
            try append(1...3, to: log)
            let byteCount = try FileSystem.system.status(directory.log + "/data.mdb")?.byteCount ?? 0
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let unlimited = limit
            limit.rlim_cur = rlim_t(byteCount)
            guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(2) }

            guard case .outcomeUnknown(let cause) = EventLogFailureTests.refusal(log, try batch(4...60, padding: 3000))
            else { exit(3) }
            guard log.stopReason == .commitFailed(cause), log.head.position == 3 else { exit(4) }

            // Not even once writing would work again.
            limit = unlimited
            guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(5) }
            for _ in 0..<2 {
                guard case .stopped(.commitFailed(cause)) = EventLogFailureTests.refusal(log, try batch(4...4)) else {
                    exit(6)
                }
            }
            guard try log.get(3) != nil else { exit(7) }
            exit(0)
        }
    }

    @Test func aMarkThatCannotBeWrittenDoesNotFailTheAppend() throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions.small
        options.highWaterIntervalMilliseconds = 0
        let disk = FailingDisk()
        let log = try openLog(directory, options, fileSystem: disk.fileSystem)
        let first = try append(1...1, to: log)
        #expect(log.highWaterMark == first.mark)
        disk.fails.store(true, ordering: .sequentiallyConsistent)
        #expect(try append(2...2, to: log).position == 2)
        #expect(log.highWaterError?.errno == EIO)
        #expect(log.highWaterMark == first.mark)
        disk.fails.store(false, ordering: .sequentiallyConsistent)
        let third = try append(3...3, to: log)
        #expect(log.highWaterError == nil)
        #expect(log.highWaterMark == third.mark)
    }

    final class FailingDisk: Sendable {
        let fails = Atomic<Bool>(false)

        var fileSystem: FileSystem {
            var fileSystem = FileSystem.system
            fileSystem.overwrite = { (path, offset, bytes) throws(FileError) in
                if self.fails.load(ordering: .sequentiallyConsistent) {
                    throw FileError(operation: "write", path: path, errno: EIO)
                }
                try FileSystem.system.overwrite(path, offset, bytes)
            }
            return fileSystem
        }
    }
}
