import EventLog
import Testing

@Suite struct MerkleFrontierTests {
    @Test func serializationKeepsTheTree() throws {
        var frontier = MerkleFrontier()
        for number in 0..<300 {
            let bytes = frontier.serialized
            #expect(bytes.count == 8 + number.nonzeroBitCount * 32)
            var read = try #require(bytes.withUnsafeBytes { MerkleFrontier(serialized: $0) })
            #expect(read == frontier)
            let leaf = MerkleProofTests.leaves[number % 70]
            frontier.append(leaf)
            read.append(leaf)
            #expect(read.root == frontier.root)
        }
    }

    @Test func serializationOfAnotherLengthIsRefused() {
        var frontier = MerkleFrontier()
        for leaf in MerkleProofTests.leaves { frontier.append(leaf) }
        let bytes = frontier.serialized
        for count in 0..<bytes.count {
            #expect(bytes[..<count].withUnsafeBytes { MerkleFrontier(serialized: $0) } == nil)
        }
        #expect((bytes + [0]).withUnsafeBytes { MerkleFrontier(serialized: $0) } == nil)
    }

    @Test func reportsSubtreesOf256LeavesAndMore() {
        var generator = SplitMix64(seed: 3)
        let leaves = (0..<1100).map { _ in
            (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }.withUnsafeBytes { Digest32($0) }
        }
        var frontier = MerkleFrontier()
        var stored: [MerkleSubtree: Digest32] = [:]
        var order: [MerkleSubtree] = []
        for leaf in leaves {
            frontier.append(leaf) { subtree, hash in
                #expect(stored.updateValue(hash, forKey: subtree) == nil)
                order.append(subtree)
            }
        }
        #expect(
            order == [
                MerkleSubtree(level: 8, index: 0), MerkleSubtree(level: 8, index: 1), MerkleSubtree(level: 9, index: 0),
                MerkleSubtree(level: 8, index: 2), MerkleSubtree(level: 8, index: 3), MerkleSubtree(level: 9, index: 1),
                MerkleSubtree(level: 10, index: 0),
            ])
        for (subtree, hash) in stored {
            #expect(MerkleTree.subtreeRoot(subtree) { leaves[Int($0)] } == hash)
        }
    }

    @Test func subtreeKeysSortByLevelThenIndex() {
        MerkleSubtree(level: 9, index: 0x0102).withKey { #expect(hex($0) == "090000000000000102") }
    }
}
