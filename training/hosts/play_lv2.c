/* Plays MIDI events on an LV2 synthesizer, without a sound card, as fast as it goes.
 *
 * play_lv2 PLUGIN_URI EVENTS.txt SAMPLES OUT.wav WARM_MS [PRESET_URI] [SYMBOL=VALUE ...]
 * play_lv2 PLUGIN_URI                       prints the URIs and names of its presets
 *
 * WARM_MS is given to threads of the synthesizer that load the preset. */
#define _GNU_SOURCE
#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/atom/util.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/midi/midi.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "events.h"

enum { MOST_PORTS = 512, MOST_URIS = 4096, MOST_JOBS = 256, ATOM_BYTES = 65536, WARM_BLOCKS = 64 };

static LilvWorld *world;
static const LilvPlugin *plugin;
static LilvInstance *instance;
static float controls[MOST_PORTS], audio[MOST_PORTS][BLOCK];
static LV2_Atom_Sequence *atoms[MOST_PORTS];

/* Numbers for URIs. */

static char *uris[MOST_URIS];
static LV2_URID n_uris;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static LV2_URID number_of(LV2_URID_Map_Handle unused, const char *uri)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    LV2_URID k = 0;
    while (k < n_uris && strcmp(uris[k], uri))
        k++;
    if (k == n_uris && n_uris < MOST_URIS)
        uris[n_uris++] = strdup(uri);
    pthread_mutex_unlock(&lock);
    return k + 1;
}

static const char *uri_of(LV2_URID_Unmap_Handle unused, LV2_URID number)
{
    (void)unused;
    return number && number <= n_uris ? uris[number - 1] : NULL;
}

/* Work that a synthesizer puts off: here it is done between two blocks. */

typedef struct {
    uint32_t size;
    void *data;
} Message;

static Message jobs[MOST_JOBS], answers[MOST_JOBS];
static int n_jobs, n_answers;

static LV2_Worker_Status keep(Message *list, int *count, uint32_t size, const void *data)
{
    if (*count == MOST_JOBS)
        return LV2_WORKER_ERR_NO_SPACE;
    Message message = {size, memcpy(malloc(size + 1), data, size)};
    list[(*count)++] = message;
    return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle unused, uint32_t size, const void *data)
{
    (void)unused;
    return keep(jobs, &n_jobs, size, data);
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle unused, uint32_t size, const void *data)
{
    (void)unused;
    return keep(answers, &n_answers, size, data);
}

static void do_jobs(void)
{
    const LV2_Worker_Interface *worker = lilv_instance_get_extension_data(instance, LV2_WORKER__interface);
    LV2_Handle handle = lilv_instance_get_handle(instance);
    for (int k = 0; k < n_jobs; k++) {
        if (worker)
            worker->work(handle, respond, NULL, jobs[k].size, jobs[k].data);
        free(jobs[k].data);
    }
    n_jobs = 0;
    for (int k = 0; k < n_answers; k++) {
        if (worker && worker->work_response)
            worker->work_response(handle, answers[k].size, answers[k].data);
        free(answers[k].data);
    }
    n_answers = 0;
    if (worker && worker->end_run)
        worker->end_run(handle);
}

/* Ports. */

static void set_port(const char *symbol, void *unused, const void *value, uint32_t size, uint32_t type)
{
    (void)unused;
    (void)size;
    LilvNode *name = lilv_new_string(world, symbol);
    const LilvPort *port = lilv_plugin_get_port_by_symbol(plugin, name);
    lilv_node_free(name);
    if (!port)
        return;
    float *control = &controls[lilv_port_get_index(plugin, port)];
    const char *kind = uri_of(NULL, type);
    if (!strcmp(kind, LV2_ATOM__Float))
        *control = *(const float *)value;
    else if (!strcmp(kind, LV2_ATOM__Double))
        *control = (float)*(const double *)value;
    else if (!strcmp(kind, LV2_ATOM__Int) || !strcmp(kind, LV2_ATOM__Bool))
        *control = (float)*(const int32_t *)value;
    else if (!strcmp(kind, LV2_ATOM__Long))
        *control = (float)*(const int64_t *)value;
}

typedef struct {
    uint32_t count;
    int midi; /* the port that takes notes, or -1 */
    float *outputs[2];
    int n_outputs;
    int is_output[MOST_PORTS];
} Ports;

static Ports connect_ports(void)
{
    Ports ports = {.count = lilv_plugin_get_num_ports(plugin), .midi = -1};
    if (ports.count > MOST_PORTS)
        fail("has too many ports", "plugin");
    float defaults[MOST_PORTS], least[MOST_PORTS], most[MOST_PORTS];
    lilv_plugin_get_port_ranges_float(plugin, least, most, defaults);
    LilvNode *is_audio = lilv_new_uri(world, LILV_URI_AUDIO_PORT);
    LilvNode *is_control = lilv_new_uri(world, LILV_URI_CONTROL_PORT);
    LilvNode *is_atom = lilv_new_uri(world, LILV_URI_ATOM_PORT);
    LilvNode *is_input = lilv_new_uri(world, LILV_URI_INPUT_PORT);
    LilvNode *midi = lilv_new_uri(world, LV2_MIDI__MidiEvent);
    for (uint32_t k = 0; k < ports.count; k++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(plugin, k);
        ports.is_output[k] = !lilv_port_is_a(plugin, port, is_input);
        void *place = NULL;
        if (lilv_port_is_a(plugin, port, is_control)) {
            controls[k] = defaults[k] == defaults[k] ? defaults[k] : 0.0f; /* a default may be missing */
            place = &controls[k];
        } else if (lilv_port_is_a(plugin, port, is_audio)) {
            place = audio[k];
            if (ports.is_output[k] && ports.n_outputs < 2)
                ports.outputs[ports.n_outputs++] = audio[k];
        } else if (lilv_port_is_a(plugin, port, is_atom)) {
            place = atoms[k] = calloc(1, ATOM_BYTES);
            if (!ports.is_output[k] && ports.midi < 0 && lilv_port_supports_event(plugin, port, midi))
                ports.midi = (int)k;
        }
        lilv_instance_connect_port(instance, k, place);
    }
    if (ports.midi < 0 || !ports.n_outputs)
        fail("takes no notes or gives no sound", "plugin");
    return ports;
}

static void empty_atoms(const Ports *ports)
{
    for (uint32_t k = 0; k < ports->count; k++) {
        if (!atoms[k])
            continue;
        memset(&atoms[k]->body, 0, sizeof atoms[k]->body);
        atoms[k]->atom.type = number_of(NULL, ports->is_output[k] ? LV2_ATOM__Chunk : LV2_ATOM__Sequence);
        atoms[k]->atom.size = ports->is_output[k] ? ATOM_BYTES - sizeof(LV2_Atom)
                                                  : sizeof(LV2_Atom_Sequence_Body);
    }
}

static void give_event(const Ports *ports, const Event *event, long block_start)
{
    struct {
        LV2_Atom_Event event;
        unsigned char bytes[8];
    } note;
    memset(&note, 0, sizeof note);
    note.event.time.frames = event->sample > block_start ? event->sample - block_start : 0;
    note.event.body.type = number_of(NULL, LV2_MIDI__MidiEvent);
    note.event.body.size = (event->bytes[0] & 0xf0) == 0xc0 ? 2 : 3;
    memcpy(note.bytes, event->bytes, 3);
    lv2_atom_sequence_append_event(atoms[ports->midi], ATOM_BYTES - sizeof(LV2_Atom), &note.event);
}

static void print_presets(void)
{
    LilvNode *preset = lilv_new_uri(world, "http://lv2plug.in/ns/ext/presets#Preset");
    LilvNode *label = lilv_new_uri(world, "http://www.w3.org/2000/01/rdf-schema#label");
    LilvNodes *found = lilv_plugin_get_related(plugin, preset);
    LILV_FOREACH (nodes, k, found) {
        const LilvNode *node = lilv_nodes_get(found, k);
        lilv_world_load_resource(world, node);
        LilvNode *name = lilv_world_get(world, node, label, NULL);
        printf("%s\t%s\n", lilv_node_as_uri(node), name ? lilv_node_as_string(name) : "");
    }
}

int main(int count, char **words)
{
    if (count != 2 && count < 6)
        fail("PLUGIN_URI [EVENTS.txt SAMPLES OUT.wav WARM_MS [PRESET_URI] [SYMBOL=VALUE ...]]", words[0]);
    world = lilv_world_new();
    lilv_world_load_all(world);
    LilvNode *uri = lilv_new_uri(world, words[1]);
    plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), uri);
    if (!plugin)
        fail("no such plugin on LV2_PATH", words[1]);
    if (count == 2) {
        print_presets();
        return 0;
    }
    LV2_URID_Map map = {NULL, number_of};
    LV2_URID_Unmap unmap = {NULL, uri_of};
    LV2_Worker_Schedule scheduler = {NULL, schedule};
    int32_t block = BLOCK, room = ATOM_BYTES;
    float rate = RATE;
    LV2_URID is_int = number_of(NULL, LV2_ATOM__Int), is_float = number_of(NULL, LV2_ATOM__Float);
    LV2_Options_Option options[] = {
        {0, 0, number_of(NULL, LV2_BUF_SIZE__minBlockLength), 4, is_int, &block},
        {0, 0, number_of(NULL, LV2_BUF_SIZE__maxBlockLength), 4, is_int, &block},
        {0, 0, number_of(NULL, LV2_BUF_SIZE__nominalBlockLength), 4, is_int, &block},
        {0, 0, number_of(NULL, LV2_BUF_SIZE__sequenceSize), 4, is_int, &room},
        {0, 0, number_of(NULL, LV2_PARAMETERS__sampleRate), 4, is_float, &rate},
        {0, 0, 0, 0, 0, NULL},
    };
    LV2_Feature with[] = {
        {LV2_URID__map, &map},
        {LV2_URID__unmap, &unmap},
        {LV2_OPTIONS__options, options},
        {LV2_WORKER__schedule, &scheduler},
        {LV2_BUF_SIZE__boundedBlockLength, NULL},
        {LV2_BUF_SIZE__fixedBlockLength, NULL},
        {LV2_BUF_SIZE__powerOf2BlockLength, NULL},
        {LV2_STATE__loadDefaultState, NULL},
    };
    const LV2_Feature *features[sizeof with / sizeof *with + 1] = {NULL};
    for (size_t k = 0; k < sizeof with / sizeof *with; k++)
        features[k] = &with[k];
    instance = lilv_plugin_instantiate(plugin, RATE, features);
    if (!instance)
        fail("cannot be started", words[1]);
    Ports ports = connect_ports();
    int first_setting = 6;
    LilvNode *state_of = uri;
    if (count > 6 && strstr(words[6], "://")) {
        state_of = lilv_new_uri(world, words[6]);
        lilv_world_load_resource(world, state_of);
        first_setting = 7;
    }
    LilvState *state = lilv_state_new_from_world(world, &map, state_of);
    if (!state && first_setting == 7)
        fail("no such preset", words[6]);
    if (state)
        lilv_state_restore(state, instance, set_port, NULL, 0, features);
    for (int k = first_setting; k < count; k++) {
        char *value = strchr(words[k], '=');
        if (!value)
            fail("not SYMBOL=VALUE", words[k]);
        *value = 0;
        float number = strtof(value + 1, NULL);
        set_port(words[k], NULL, &number, sizeof number, is_float);
    }
    lilv_instance_activate(instance);
    Events events = read_events(words[2]);
    long wanted = atol(words[3]), warm_us = 1000 * atol(words[5]);
    SNDFILE *file = open_wav(words[4]);
    for (long start = warm_us ? -(long)WARM_BLOCKS * BLOCK : 0; start < wanted; start += BLOCK) {
        empty_atoms(&ports);
        const Event *event;
        while (start >= 0 && (event = take_event(&events, start + BLOCK)))
            give_event(&ports, event, start);
        do_jobs();
        lilv_instance_run(instance, BLOCK);
        if (start < 0)
            usleep((useconds_t)(warm_us / WARM_BLOCKS));
        else
            write_block(file, ports.outputs, ports.n_outputs);
    }
    sf_close(file);
    _exit(0); /* not every plugin ends its threads */
}
