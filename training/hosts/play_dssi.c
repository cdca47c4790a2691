/* Plays MIDI events on a DSSI synthesizer, without a sound card, as fast as it goes.
 *
 * play_dssi PLUGIN.so LABEL EVENTS.txt SAMPLES OUT.wav [BANK:PROGRAM] [PORT=VALUE ...]
 * play_dssi PLUGIN.so LABEL                 prints ports and programs */
#include <dlfcn.h>
#include <dssi.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "events.h"

enum { MOST_PORTS = 512, MOST_EVENTS = 256 };

static float controls[MOST_PORTS], audio[MOST_PORTS][BLOCK];

static const DSSI_Descriptor *find(const char *library, const char *label)
{
    void *handle = dlopen(library, RTLD_NOW);
    if (!handle)
        fail(dlerror(), library);
    DSSI_Descriptor_Function describe;
    *(void **)&describe = dlsym(handle, "dssi_descriptor");
    if (!describe)
        fail("is no DSSI library", library);
    const DSSI_Descriptor *found;
    for (unsigned long k = 0; (found = describe(k)); k++)
        if (!strcmp(found->LADSPA_Plugin->Label, label))
            return found;
    fail("no plugin of this label", label);
    return NULL;
}

static float default_value(const LADSPA_PortRangeHint *range)
{
    LADSPA_PortRangeHintDescriptor hint = range->HintDescriptor;
    float scale = LADSPA_IS_HINT_SAMPLE_RATE(hint) ? RATE : 1.0f, share = 0.0f;
    float low = scale * range->LowerBound, high = scale * range->UpperBound;
    switch (hint & LADSPA_HINT_DEFAULT_MASK) {
    case LADSPA_HINT_DEFAULT_1: return 1.0f;
    case LADSPA_HINT_DEFAULT_100: return 100.0f;
    case LADSPA_HINT_DEFAULT_440: return 440.0f;
    case LADSPA_HINT_DEFAULT_MINIMUM: break;
    case LADSPA_HINT_DEFAULT_LOW: share = 0.25f; break;
    case LADSPA_HINT_DEFAULT_MIDDLE: share = 0.5f; break;
    case LADSPA_HINT_DEFAULT_HIGH: share = 0.75f; break;
    case LADSPA_HINT_DEFAULT_MAXIMUM: share = 1.0f; break;
    default: return 0.0f;
    }
    if (LADSPA_IS_HINT_LOGARITHMIC(hint) && low > 0.0f)
        return expf((1.0f - share) * logf(low) + share * logf(high));
    return (1.0f - share) * low + share * high;
}

/* Turns a MIDI event into one of ALSA's sequencer. Returns 0 where it is none that is known. */
static int translate(const Event *from, long block_start, snd_seq_event_t *to)
{
    memset(to, 0, sizeof *to);
    to->time.tick = from->sample > block_start ? (unsigned)(from->sample - block_start) : 0;
    int kind = from->bytes[0] & 0xf0;
    if (kind == 0x90 || kind == 0x80) {
        int sounds = kind == 0x90 && from->bytes[2];
        to->type = sounds ? SND_SEQ_EVENT_NOTEON : SND_SEQ_EVENT_NOTEOFF;
        to->data.note.note = from->bytes[1];
        to->data.note.velocity = from->bytes[2];
        return 1;
    }
    if (kind == 0xb0) {
        to->type = SND_SEQ_EVENT_CONTROLLER;
        to->data.control.param = from->bytes[1];
        to->data.control.value = from->bytes[2];
        return 1;
    }
    return 0;
}

static void print_what_there_is(const DSSI_Descriptor *synth, LADSPA_Handle handle)
{
    const LADSPA_Descriptor *plugin = synth->LADSPA_Plugin;
    for (unsigned long k = 0; k < plugin->PortCount; k++)
        if (LADSPA_IS_PORT_CONTROL(plugin->PortDescriptors[k]))
            printf("port %lu %s = %g\n", k, plugin->PortNames[k], controls[k]);
    const DSSI_Program_Descriptor *program;
    for (unsigned long k = 0; synth->get_program && (program = synth->get_program(handle, k)); k++)
        printf("program %lu:%lu %s\n", program->Bank, program->Program, program->Name);
}

int main(int count, char **words)
{
    if (count != 3 && count < 6)
        fail("PLUGIN.so LABEL [EVENTS.txt SAMPLES OUT.wav [BANK:PROGRAM] [PORT=VALUE ...]]", words[0]);
    const DSSI_Descriptor *synth = find(words[1], words[2]);
    const LADSPA_Descriptor *plugin = synth->LADSPA_Plugin;
    if (plugin->PortCount > MOST_PORTS)
        fail("has too many ports", words[2]);
    LADSPA_Handle handle = plugin->instantiate(plugin, RATE);
    float *outputs[2];
    int n_outputs = 0;
    for (unsigned long k = 0; k < plugin->PortCount; k++) {
        LADSPA_PortDescriptor port = plugin->PortDescriptors[k];
        if (LADSPA_IS_PORT_CONTROL(port)) {
            controls[k] = default_value(&plugin->PortRangeHints[k]);
            plugin->connect_port(handle, k, &controls[k]);
        } else {
            plugin->connect_port(handle, k, audio[k]);
            if (LADSPA_IS_PORT_OUTPUT(port) && n_outputs < 2)
                outputs[n_outputs++] = audio[k];
        }
    }
    if (plugin->activate)
        plugin->activate(handle);
    if (count == 3) {
        print_what_there_is(synth, handle);
        fflush(stdout);
        _exit(0);
    }
    if (!n_outputs)
        fail("has no audio output", words[2]);
    for (int k = 6; k < count; k++) {
        unsigned long bank, program;
        float value;
        if (sscanf(words[k], "%lu:%lu", &bank, &program) == 2 && synth->select_program) {
            /* a synthesizer may read its programs only when they are asked for */
            for (unsigned long n = 0; synth->get_program && synth->get_program(handle, n); n++)
                ;
            synth->select_program(handle, bank, program);
        } else if (sscanf(words[k], "%lu=%f", &program, &value) == 2 && program < plugin->PortCount) {
            controls[program] = value;
        } else {
            fail("neither BANK:PROGRAM nor PORT=VALUE", words[k]);
        }
    }
    Events events = read_events(words[3]);
    long wanted = atol(words[4]);
    SNDFILE *file = open_wav(words[5]);
    for (long start = 0; start < wanted; start += BLOCK) {
        snd_seq_event_t given[MOST_EVENTS];
        unsigned long n_given = 0;
        const Event *event;
        while (n_given < MOST_EVENTS && (event = take_event(&events, start + BLOCK)))
            n_given += (unsigned long)translate(event, start, &given[n_given]);
        if (synth->run_synth) {
            synth->run_synth(handle, BLOCK, given, n_given);
        } else {
            snd_seq_event_t *all = given;
            synth->run_multiple_synths(1, &handle, BLOCK, &all, &n_given);
        }
        write_block(file, outputs, n_outputs);
    }
    sf_close(file);
    _exit(0); /* not every plugin ends its threads */
}
