// A scheduler on the npm package mesos-framework: keeps some instances of one command running.
//
//   node scheduler.js MASTER_HOST:PORT[,MASTER_HOST:PORT…] [INSTANCES] [COMMAND]
//
// Each line on standard output is one JSON object, {"event": …}: subscribed, update, launched, error, sent_….
// Lines on standard input are orders: "kill TASK AGENT", "kill-all", "reconcile", "reconcile TASK AGENT", "teardown", "quit".
// When the stream is lost it subscribes again with its framework id, first after 250 ms, then after up to 2 s, at each master in turn;
// one that does not lead sends it on to the one that does.
"use strict";

const fs = require("fs");
const os = require("os");
const path = require("path");
const readline = require("readline");

// The library writes a log into the working directory: give it one of its own.
process.chdir(fs.mkdtempSync(path.join(os.tmpdir(), "mesos-framework-")));
fs.mkdirSync("logs");

const { Scheduler, Mesos } = require("mesos-framework");
const mesos = Mesos.getMesos();

const [addresses, instances = "5", command = "sleep 3600"] = process.argv.slice(2);
const masters = addresses.split(",").map(address => address.split(":"));
const [host, port] = masters[0];

function say(event, details) {
    process.stdout.write(JSON.stringify({ event, ...details }) + "\n");
}

const scheduler = new Scheduler({
    masterUrl: host,
    port: Number(port),
    frameworkName: "node-client",
    user: os.userInfo().username,
    masterConnectionTimeout: 60,
    frameworkFailoverTimeout: 600,
    exponentialBackoffMinimum: 0.25,
    logging: { level: "error" },
    // A task whose Pod somebody deleted comes back as TASK_FAILED and is started again.
    restartStates: ["TASK_FAILED", "TASK_LOST", "TASK_ERROR", "TASK_DROPPED", "TASK_GONE"],
    tasks: {
        sleeper: {
            priority: 1,
            instances: Number(instances),
            allowScaling: true,
            commandInfo: new mesos.CommandInfo(null, new mesos.Environment([new mesos.Environment.Variable("COLOUR", "blue")]), true, command),
            resources: { cpus: 0.1, mem: 32, ports: 1, disk: 0 }
        }
    }
});

// ---- staying subscribed -------------------------------------------------------

let stopping = false;
let delay = 250;
let again = null;
let turn = 0;

function turnToNextMaster() {
    turn = (turn + 1) % masters.length;
    [scheduler.options.masterUrl, scheduler.options.port] = masters[turn];
    scheduler.generateRequestTemplate();
}

function subscribeAgain(reason) {
    if (stopping || again) return;
    again = setTimeout(() => {
        again = null;
        delay = Math.min(delay * 2, 2000);
        say("subscribing", { reason, frameworkId: scheduler.frameworkId });
        turnToNextMaster();
        scheduler.mesosStreamId = undefined;
        delete scheduler.requestTemplate.headers["mesos-stream-id"];
        delete scheduler.requestTemplate.headers["Mesos-Stream-Id"];
        scheduler.subscribe();
        watch(scheduler.httpRequest);
    }, delay);
}

// The library notices neither a connection that is reset nor one that is refused.
function watch(request) {
    request.on("error", e => subscribeAgain(e.code || e.message));
    request.on("response", response => {
        if (response.statusCode === 307) {
            // By now the library has sent another request, to the master that leads.
            say("redirected", { to: response.headers.location });
            response.resume();
            watch(scheduler.httpRequest);
            return;
        }
        response.on("error", e => subscribeAgain(e.code || e.message));
        response.on("close", () => subscribeAgain("stream closed"));
        // A refusal (503 while the master recovers) has a body that must be read to its end.
        if (response.statusCode !== 200) response.resume();
    });
}

scheduler.on("ready", () => {
    scheduler.subscribe();
    watch(scheduler.httpRequest);
});

// ---- what happens ---------------------------------------------------------------

scheduler.on("subscribed", e => {
    delay = 250;
    say("subscribed", e);
});
scheduler.on("update", update => say("update", { status: update.status }));
scheduler.on("task_launched", task => say("launched", { taskId: task.taskId }));
scheduler.on("offers", offers => say("offers", { offers: offers.offers.map(o => ({ id: o.id.value, hostname: o.hostname })) }));
scheduler.on("failure", failure => say("failure", { failure }));
scheduler.on("error", error => say("error", { message: error && error.message ? error.message : String(error) }));
for (const sent of ["sent_accept", "sent_acknowledge", "sent_kill", "sent_reconcile", "sent_teardown"]) {
    scheduler.on(sent, () => say(sent, {}));
}

// ---- orders -----------------------------------------------------------------------

const orders = {
    "kill": (task, agent) => scheduler.kill(task, agent),
    "kill-all": () => {
        scheduler.pendingTasks.length = 0;
        for (const task of scheduler.launchedTasks) scheduler.kill(task.taskId, task.runtimeInfo.agentId);
    },
    "reconcile": (task, agent) => scheduler.reconcile(task, agent),
    "teardown": () => { stopping = true; scheduler.teardown(); },
    "quit": () => process.exit(0)
};

readline.createInterface({ input: process.stdin })
    .on("line", line => {
        const [order, ...words] = line.trim().split(/\s+/);
        if (orders[order]) orders[order](...words);
        else say("error", { message: "no such order: " + order });
    })
    .on("close", () => process.exit(0));
