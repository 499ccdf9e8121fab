// The passes: each changes a program into one that gives the same numbers. Each has its file, and a switch in Options.
#pragma once
#include <gradus/plan/options.hpp>

#include "plan/program.hpp"

namespace gradus::plan {

void remove_dead_code(Program& program);    // what no result, slot or work rests on
void merge_common(Program& program);        // the same operation on the same inputs, once
void simplify(Program& program);            // x * 1, x / 1, -(-x)
void hoist_work(Program& program);          // parameters move as soon as their gradients are known
void add_epilogues(Program& program);       // product + vector: one operation
void join_pads(Program& program);           // sums of zero-padded parts that cover their axis: a concatenation

// Computes values of the first half again instead of keeping them, a segment at a time; false if there is nothing to gain.
bool rematerialise(Program& program, std::size_t segments);

// Which instructions run together, in an order in which each comes after what it reads. Groups of more than one are elementwise
// operations of one shape, run tile by tile.
using Groups = std::vector<std::vector<std::size_t>>;
Groups group(const Program& program, bool fuse);

}  // namespace gradus::plan
