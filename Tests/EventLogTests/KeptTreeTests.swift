import BSON
import EventLog
import LMDB
import Platform
import Testing

/// A log that keeps its tree itself.
@Suite struct KeptTreeTests {
    private static var options: LogOptions {
        var options = LogOptions.small
        options.keepsTree = true
        return options
    }

    /// Batches of odd sizes, opened anew in between: always the root over the records' leaves, and every subtree of the
    /// stored levels.
    @Test func theTreeIsThatOfTheRecords() throws {
        let directory = try TemporaryDirectory()
        var next = 1
        for size in [1, 255, 1, 300, 7, 512, 700] {
            let log = try openLog(directory, Self.options)
            try append(next...(next + size - 1), to: log)
            next += size
            try check(log, next - 1)
            try log.close()
        }
        let log = try openLog(directory, Self.options)
        try check(log, next - 1)
    }

    private func check(_ log: EventLog, _ count: Int) throws {
        var frontier = MerkleFrontier()
        var subtrees: [MerkleSubtree: Digest32] = [:]
        let snapshot = try log.snapshot()
        try snapshot.read { record in
            frontier.append(record.leaf) { subtrees[$0] = $1 }
            return true
        }
        let head = try #require(log.treeHead)
        #expect(head.size == UInt64(count) && frontier.size == head.size && head.root == frontier.root)
        for (subtree, hash) in subtrees { #expect(try snapshot.storedSubtree(subtree) == hash) }
        #expect(subtrees.count >= count / 256)
        let other = MerkleSubtree(level: 8, index: UInt64(count / 256))
        #expect(try snapshot.storedSubtree(other) == nil)
    }

    @Test func withoutTheOptionThereIsNone() throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        try append(1...300, to: log)
        #expect(log.treeHead == nil)
        #expect(try log.snapshot().storedSubtree(MerkleSubtree(level: 8, index: 0)) == nil)
    }

    /// What is refused changes no tree.
    @Test func aRefusedBatchLeavesTheTree() throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory, Self.options)
        try append(1...10, to: log)
        let head = try #require(log.treeHead)
        #expect(throws: LogError.self) { try append(12...13, to: log) }
        #expect(log.treeHead?.root == head.root)
        try append(11...11, to: log)
        try check(log, 11)
    }
}
