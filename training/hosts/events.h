/* What both hosts share: MIDI events from a text file, and a WAV file to write to.
 *
 * A line of the file is "SAMPLE STATUS DATA1 DATA2", in order of time. */
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 256, RATE = 44100 };

typedef struct {
    long sample;
    unsigned char bytes[3];
} Event;

typedef struct {
    Event *events;
    size_t count, next;
} Events;

/* Ends the program with a word of what is wrong. */
static void fail(const char *what, const char *name)
{
    fprintf(stderr, "%s: %s\n", name, what);
    exit(2);
}

static Events read_events(const char *path)
{
    Events found = {NULL, 0, 0};
    FILE *file = fopen(path, "r");
    if (!file)
        fail("cannot be read", path);
    size_t room = 0;
    long sample;
    int status, first, second;
    while (fscanf(file, "%ld %d %d %d", &sample, &status, &first, &second) == 4) {
        if (found.count == room)
            found.events = realloc(found.events, (room = 2 * room + 256) * sizeof(Event));
        Event event = {sample, {(unsigned char)status, (unsigned char)first, (unsigned char)second}};
        found.events[found.count++] = event;
    }
    if (!feof(file))
        fail("a line is not four numbers", path);
    fclose(file);
    return found;
}

/* Returns the next event before a sample, or NULL. */
static const Event *take_event(Events *events, long before)
{
    if (events->next == events->count || events->events[events->next].sample >= before)
        return NULL;
    return &events->events[events->next++];
}

static SNDFILE *open_wav(const char *path)
{
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file)
        fail("cannot be written", path);
    return file;
}

/* Writes the mean of one or two channels of a block. */
static void write_block(SNDFILE *file, float *const *channels, int count)
{
    float mean[BLOCK];
    for (int k = 0; k < BLOCK; k++)
        mean[k] = count > 1 ? 0.5f * (channels[0][k] + channels[1][k]) : channels[0][k];
    sf_writef_float(file, mean, BLOCK);
}
