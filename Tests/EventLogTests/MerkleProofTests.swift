import EventLog
import Testing

/// All proofs of all trees of up to 70 leaves.
@Suite struct MerkleProofTests {
    static let size = 70
    static let leaves = (0..<size).map { number in [UInt8(0), UInt8(number)].withUnsafeBytes { Digest32.hashing($0) } }

    /// The definition of RFC 6962 section 2.1 as it stands there, to compare with.
    static func definition(_ leaves: ArraySlice<Digest32>) -> Digest32 {
        if leaves.count == 1, let leaf = leaves.first { return leaf }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        return MerkleTree.node(
            definition(leaves[leaves.startIndex..<(leaves.startIndex + split)]),
            definition(leaves[(leaves.startIndex + split)...]))
    }

    static let roots = [MerkleTree.emptyRoot] + (1...size).map { definition(leaves[..<$0]) }

    static func subtree(_ subtree: MerkleSubtree) -> Digest32 {
        let first = Int(subtree.index) << Int(subtree.level)
        return definition(leaves[first..<(first + 1 << Int(subtree.level))])
    }

    @Test func frontierAndRangesGiveTheRootOfTheDefinition() {
        var frontier = MerkleFrontier()
        for size in 1...Self.size {
            frontier.append(Self.leaves[size - 1])
            #expect(frontier.size == UInt64(size))
            #expect(frontier.root == Self.roots[size])
            #expect(MerkleTree.root(size: UInt64(size), subtree: Self.subtree) == Self.roots[size])
        }
    }

    @Test func inclusionProofsHoldAndAlteredOnesDoNot() throws {
        for size in 1...Self.size {
            for index in 0..<size {
                let (index64, size64, leaf, root) = (UInt64(index), UInt64(size), Self.leaves[index], Self.roots[size])
                let proof = try #require(MerkleTree.inclusionProof(index: index64, size: size64, subtree: Self.subtree))
                func holds(
                    _ leaf: Digest32, _ index: UInt64, _ size: UInt64, _ root: Digest32, _ proof: [Digest32]
                ) -> Bool {
                    MerkleTree.verifyInclusion(of: leaf, index: index, size: size, root: root, proof: proof)
                }
                #expect(holds(leaf, index64, size64, root, proof))
                #expect(!holds(Self.leaves[(index + 1) % Self.size], index64, size64, root, proof))
                #expect(!holds(leaf, index64, size64, .zero, proof))
                #expect(!holds(leaf, size64, size64, root, proof))
                #expect(!holds(leaf, index64, size64, root, proof + [.zero]))
                if size > 1 {
                    #expect(!holds(leaf, index64 ^ 1, size64, root, proof))
                    #expect(!holds(leaf, index64, size64, root, Array(proof.dropLast())))
                    #expect(!holds(leaf, index64, size64, root, Array(proof.dropFirst())))
                }
                for place in proof.indices {
                    #expect(!holds(leaf, index64, size64, root, altered(proof, at: place)))
                }
            }
            #expect(MerkleTree.inclusionProof(index: UInt64(size), size: UInt64(size), subtree: Self.subtree) == nil)
        }
    }

    @Test func consistencyProofsHoldAndAlteredOnesDoNot() throws {
        for second in 1...Self.size {
            for first in 0...second {
                let (firstRoot, secondRoot) = (Self.roots[first], Self.roots[second])
                let proof = try #require(
                    MerkleTree.consistencyProof(from: UInt64(first), to: UInt64(second), subtree: Self.subtree))
                func holds(_ firstRoot: Digest32, _ secondRoot: Digest32, _ proof: [Digest32]) -> Bool {
                    MerkleTree.verifyConsistency(
                        firstSize: UInt64(first), firstRoot: firstRoot, secondSize: UInt64(second),
                        secondRoot: secondRoot, proof: proof)
                }
                #expect(holds(firstRoot, secondRoot, proof))
                #expect(!holds(.zero, secondRoot, proof))
                #expect(first == 0 || !holds(firstRoot, .zero, proof))
                #expect(!holds(firstRoot, secondRoot, proof + [.zero]))
                if !proof.isEmpty {
                    #expect(!holds(firstRoot, secondRoot, Array(proof.dropLast())))
                    #expect(!holds(firstRoot, secondRoot, Array(proof.dropFirst())))
                    #expect(!holds(firstRoot, secondRoot, []))
                }
                for place in proof.indices {
                    #expect(!holds(firstRoot, secondRoot, altered(proof, at: place)))
                }
                // The same proof for other sizes with the right roots of those sizes.
                if first > 1, first < second {
                    #expect(
                        !MerkleTree.verifyConsistency(
                            firstSize: UInt64(first - 1), firstRoot: Self.roots[first - 1], secondSize: UInt64(second),
                            secondRoot: secondRoot, proof: proof))
                }
            }
        }
        #expect(MerkleTree.consistencyProof(from: 5, to: 4, subtree: Self.subtree) == nil)
    }

    private func altered(_ proof: [Digest32], at place: Int) -> [Digest32] {
        var result = proof
        result[place] = MerkleTree.node(proof[place], proof[place])
        return result
    }
}
