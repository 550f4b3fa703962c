//! `lith-split verify --run` and `--url`: the program and its functions, or two deployed systems, asked the same.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

use super::args::{DataArgs, VerifyArgs};
use super::failure::Failure;
use super::local::{Given, Local, logs, surroundings};
use super::pipeline::Analysis;
use super::{Console, programs};
use crate::deployed::{DeployedKey, Deployment, Leads, Permission, Route};
use crate::verify::{
    Application, Asked, Data, Origin, Place, Questions, Rounds, Seed, Sequences, Side, Sides, Systems, Trial,
    Workload, compare_answers, compare_systems,
};
use crate::words::count;

/// Runs both and compares what they answer.
pub(super) fn run(
    args: &VerifyArgs,
    analysis: &Analysis,
    folder: &Path,
    console: &Console,
) -> anyhow::Result<Trial> {
    let questions = questions(args, analysis)?;
    let seed = match &args.data.seed {
        Some(file) => Seed::parse(&read(file)?).with_context(|| format!("`{}`", file.display()))?,
        None => Seed::default(),
    };
    let places = places(&args.data)?;
    let given = Given { parameters: seed.parameters.clone(), environment: Some(&seed.environment) };
    let mut local = Local::read(folder, &args.local, &given)?;
    let program = match &args.monolith {
        Some(program) => program.clone(),
        None => programs::program(&args.input, analysis, folder)?,
    };
    let mut monolith = local.program("Monolith", &program)?;
    monolith.environment.extend(seed.environment.clone());
    let what = count(local.functions.len(), "function");
    let existing = local.existing().map(|name| {
        local.functions.push(crate::verify::Function { name, ..monolith.clone() });
        local.functions.len() - 1
    });
    let logs = logs(&args.local, console, &what)?;
    let (roles, mut unenforced) = roles(&local.deployment);
    let side = |name: &str, functions, routes, existing, place: Option<Place>, roles| {
        let logs = logs.join(name);
        std::fs::create_dir_all(&logs)
            .with_context(|| format!("cannot make the folder `{}`", logs.display()))?;
        let data = place.map(|place| -> anyhow::Result<Data> {
            Ok(Data {
                place,
                seed: seed.clone(),
                fill: args.data.fill.as_deref().map(words).transpose()?,
                region: args.local.region.clone(),
                log: logs.join("aws.log"),
            })
        });
        anyhow::Ok(Side {
            roles,
            data: data.transpose()?,
            application: Application {
                functions,
                routes,
                existing,
                around: surroundings(&args.local, None, logs),
                matching: args.local.matching.into(),
            },
        })
    };
    let (one, other) = places.map_or((None, None), |(one, other)| (Some(one), Some(other)));
    if one.is_none() {
        console.message("calls of AWS fail: give --aws with a command that starts what stands for it, or --endpoint twice");
    }
    let whole =
        vec![Route { key: DeployedKey { method: "ANY".into(), path: None }, leads: Leads::Function(0) }];
    let sides = Sides {
        monolith: side("monolith", vec![monolith], whole, None, one, BTreeMap::new())?,
        split: side("split", local.functions, local.deployment.routes, existing, other, roles)?,
    };
    let is_enforced = args.data.aws.is_some() || !args.data.endpoint.is_empty();
    let mut trial = compare_answers(sides, questions, &mut |asked| told(&asked, console))?;
    trial.denies_unused = args.data.deny_unused;
    if is_enforced {
        unenforced.append(&mut trial.unenforced);
        trial.unenforced = unenforced;
    }
    Ok(trial)
}

/// Asks two deployed systems.
pub(super) fn between_systems(
    args: &VerifyArgs,
    analysis: &Analysis,
    console: &Console,
) -> anyhow::Result<Trial> {
    let [one, other] = args.systems.url.as_slice() else {
        return Err(
            Failure::usage("--url wants two addresses: first that of the system that is right").into()
        );
    };
    let questions = questions(args, analysis)?;
    let authorities = args.systems.ca.as_ref();
    let authorities = authorities
        .map(|file| std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display())));
    let systems = Systems {
        one: one.clone(),
        other: other.clone(),
        authorities: authorities.transpose()?,
        sends_all_methods: args.systems.all_methods,
    };
    Ok(compare_systems(systems, questions, &mut |asked| told(&asked, console))?)
}

fn questions(args: &VerifyArgs, analysis: &Analysis) -> anyhow::Result<Questions> {
    let routes = analysis.routes.routes.iter();
    let routes = routes.map(|route| (route.method.to_string(), route.path.clone())).collect();
    let sequences = (args.sequences.sequences > 0).then_some(Sequences {
        count: args.sequences.sequences,
        seed: args.sequences.sequence_seed,
        length: usize::from(args.sequences.sequence_length),
    });
    let load = (args.load.load > 0)
        .then_some(Rounds { count: args.load.load as usize, at_once: usize::from(args.load.at_once) });
    Ok(Questions { workload: workload(args)?, routes, only: args.asked.only.clone(), sequences, load })
}

fn told(asked: &Asked, console: &Console) {
    if console.is_verbose() {
        let Asked { group, requests, different } = asked;
        console.message(&format!("{group}: {requests} sent, {different} different"));
    }
}

/// The roles of functions, and sentences about those that are not all known, which are not enforced.
fn roles(deployment: &Deployment) -> (BTreeMap<String, Vec<Permission>>, Vec<String>) {
    let mut roles = BTreeMap::new();
    let mut unknown = Vec::new();
    for function in &deployment.functions {
        match &function.role {
            Ok(role) => drop(roles.insert(function.id.clone(), role.clone())),
            Err(why) => unknown.push(why.clone()),
        }
    }
    (roles, unknown)
}

/// What people gave.
fn workload(args: &VerifyArgs) -> anyhow::Result<Workload> {
    let mut workload = Workload::default();
    let requests = args.asked.requests.iter().map(|file| (file, Origin::Requests));
    let documents = args.asked.openapi.iter().map(|file| (file, Origin::Document));
    for (file, origin) in requests.chain(documents) {
        workload.add(&file.display().to_string(), &read(file)?, origin)?;
    }
    for rule in &args.asked.volatile {
        workload.add_volatile(rule).map_err(Failure::usage)?;
    }
    Ok(workload)
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))
}

/// Where the data of both sides is; the same would let each see what the other wrote.
fn places(data: &DataArgs) -> anyhow::Result<Option<(Place, Place)>> {
    if let Some(command) = &data.aws {
        let command = words(command)?;
        return Ok(Some((Place::Started(command.clone()), Place::Started(command))));
    }
    match data.endpoint.as_slice() {
        [] if data.seed.is_some() || data.fill.is_some() => {
            Err(Failure::usage("there is nothing to fill: give --aws, or --endpoint twice").into())
        }
        [] => Ok(None),
        [one, other] if one != other => {
            Ok(Some((Place::Running(one.clone()), Place::Running(other.clone()))))
        }
        _ => Err(Failure::usage(
            "--endpoint wants two different addresses: one for the program, one for its functions",
        )
        .into()),
    }
}

fn words(command: &str) -> anyhow::Result<Vec<String>> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    words.ok_or_else(|| Failure::usage(format!("`{command}` is no command: a quote is not closed")).into())
}
