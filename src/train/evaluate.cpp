// What is done with the folder of a finished run.
#include <fmt/format.h>
#include <gradus/base/file.hpp>
#include <gradus/base/sha256.hpp>
#include <gradus/base/text.hpp>

#include "open_run.hpp"

namespace gradus::train {

OpenedRun open_run(const std::string& path) {
  OpenedRun run{{path}, {}};
  while (run.folder.path.size() > 1 && run.folder.path.ends_with("/")) run.folder.path.pop_back();
  const PathKind kind = path_kind(path);
  if (kind != PathKind::folder) {
    fail<UsageError>("run folder", fmt::format("{} {}", quoted(path), kind == PathKind::nothing ? "is not there" : "is no folder"),
                     "a run is the folder that gradus train made, such as runs/digits-1");
  }
  if (path_kind(run.folder.config()) == PathKind::nothing) {
    fail<UsageError>("run folder", fmt::format("{} holds no run: there is no config.toml", quoted(path)));
  }
  if (path_kind(run.folder.model()) == PathKind::nothing && path_kind(run.folder.failure()) == PathKind::file) {
    std::string why = read_file(run.folder.failure(), 1 << 16);
    if (why.ends_with("\n")) why.pop_back();
    fail<UsageError>("run folder", fmt::format("the run in {} diverged and left no model: {}", quoted(path), why),
                     "train again with --overwrite and a smaller optim.lr, or with optim.clip_norm=1");
  }
  if (path_kind(run.folder.model()) == PathKind::nothing) {
    fail<UsageError>("run folder", fmt::format("the run in {} has no model.safetensors yet", quoted(path)),
                     "finish it with gradus train --resume");
  }
  run.recipe = load_recipe(run.folder.config());
  return run;
}

OpenedModel open_model(const OpenedRun& run) {
  const safetensors::File model = safetensors::read(run.folder.model());
  OpenedModel out{{}, from_metadata(model.metadata, run.folder.model())};
  out.net = make_net(run.recipe, out.notes.sample, out.notes.text ? static_cast<std::int64_t>(out.notes.classes.size()) : 0);
  assign(out.net, model.tensors, run.folder.model());
  return out;
}

namespace {

Tensor plain_numbers(const std::string& file, std::int64_t width) {
  const data::Table table = data::Table::read(file);
  if (table.columns() != width) {
    fail<DataError>("predict", fmt::format("the rows have {} numbers, but the network takes {}", table.columns(), width), {}, file);
  }
  std::vector<float> values;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      double value = 0;
      if (data::read_number(table.cell(row, column), value) != data::CellKind::number) {
        fail<DataError>(
            "predict",
            fmt::format("{} in column {} is no number", quoted(table.cell(row, column)), column + 1), {},
            table.where(row));
      }
      values.push_back(static_cast<float>(value));
    }
  }
  return Tensor::from(values, {table.rows(), width});
}

bool is_idx_name(const std::string& file) { return file.find("-idx") != std::string::npos || file.find(".idx") != std::string::npos; }

// The rows of a file in the form [n, sample...].
Tensor read_rows(const std::string& file, const ModelNotes& model, std::vector<std::string>& notes) {
  Tensor x;
  if (is_idx_name(file)) {
    x = data::read_idx_images(file);
  } else if (!model.preprocessing.empty()) {
    data::Encoded encoded = model.preprocessing.read(file);
    x = encoded.x;
    notes = std::move(encoded.notes);
  } else {
    x = plain_numbers(file, numel(model.sample));
  }
  Shape shape = model.sample;
  shape.insert(0, x.size(0));
  if (x.numel() != numel(shape)) {
    fail<DataError>("predict",
                    fmt::format("its rows have {} numbers, but the network takes {}",
                                x.numel() / std::max<std::int64_t>(1, x.size(0)), numel(model.sample)),
                    {}, file);
  }
  return reshape(x, shape);
}

}  // namespace

Evaluated evaluate_run(const std::string& path, const std::string& data) {
  OpenedRun run = open_run(path);
  if (!data.empty()) run.recipe.data.path.value = data;
  const safetensors::File model = safetensors::read(run.folder.model());
  const ModelNotes notes = from_metadata(model.metadata, run.folder.model());
  Job job = make_job(run.recipe, notes.preprocessing.empty() ? nullptr : &notes.preprocessing, notes.text ? &notes.classes : nullptr);
  assign(job.net, model.tensors, run.folder.model());
  Evaluated out;
  out.recipe = job.recipe.name;
  out.rows = job.test.size();
  out.digest = sha256(read_file(run.folder.model()));
  out.figures = evaluate(make_forward(job.recipe, job.net), job.loss, job.metric, job.test).named("test_", job.metric);
  return out;
}

Predicted predict(const std::string& path, const std::string& file) {
  const OpenedRun run = open_run(path);
  const OpenedModel model = open_model(run);
  const auto& [net, notes] = model;
  Predicted out;
  out.recipe = run.recipe.name;
  if (notes.text) {
    out.predictions = predict_text(model, file);
    return out;
  }
  const Tensor x = read_rows(file, notes, out.notes);
  Reading reading{notes.classes};
  if (notes.binary) reading.threshold = threshold_of(run.recipe);
  if (const data::Column* target = notes.preprocessing.target(); target && notes.classes.empty()) {
    reading.scale = target->deviation;
    reading.shift = target->mean;
  }
  const auto forward = make_forward(run.recipe, net);
  constexpr std::int64_t rows = 1000;
  for (std::int64_t first = 0; first < x.size(0); first += rows) {
    const auto part = readable(forward(x[Slicing{first, std::min(first + rows, x.size(0))}]), reading);
    out.predictions.insert(out.predictions.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace gradus::train
