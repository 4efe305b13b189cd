/*
 * A Linux pipe between two processes, for threads.bench.ts.
 *
 *   linux-pipe through PIECE OFFSET TOTAL ROUNDS   prints the nanoseconds of each round
 *   linux-pipe pingpong TRIPS ROUNDS               prints the nanoseconds of one trip there and back, each round
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static void through(size_t piece, size_t offset, long total, int rounds) {
  int data[2], go[2];
  char byte = 1;
  char *buffer = (char *)aligned_alloc(4096, piece + 4096) + offset;
  memset(buffer, 7, piece);
  if (pipe(data) || pipe(go)) exit(1);
  if (fork() == 0) {
    for (int round = 0; round < rounds; round++) {
      if (read(go[0], &byte, 1) != 1) exit(1);
      for (long done = 0; done < total; done += piece)
        if (write(data[1], buffer, piece) != (ssize_t)piece) exit(1);
    }
    exit(0);
  }
  for (int round = 0; round < rounds; round++) {
    double start = now();
    if (write(go[1], &byte, 1) != 1) exit(1);
    for (long done = 0; done < total;) {
      ssize_t got = read(data[0], buffer, piece);
      if (got <= 0) exit(1);
      done += got;
    }
    printf("%.0f\n", now() - start);
  }
}

static void pingpong(long trips, int rounds) {
  int there[2], back[2];
  char byte = 1;
  if (pipe(there) || pipe(back)) exit(1);
  if (fork() == 0) {
    // Its own copy of the writing end would keep it from ever seeing the end of file.
    close(there[1]);
    while (read(there[0], &byte, 1) == 1)
      if (write(back[1], &byte, 1) != 1) exit(1);
    exit(0);
  }
  for (int round = 0; round < rounds; round++) {
    double start = now();
    for (long i = 0; i < trips; i++)
      if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) exit(1);
    printf("%.2f\n", (now() - start) / trips);
  }
}

int main(int argc, char **argv) {
  if (argc == 6) through(atol(argv[2]), atol(argv[3]), atol(argv[4]), atoi(argv[5]));
  else if (argc == 4) pingpong(atol(argv[2]), atoi(argv[3]));
  else return 2;
  return 0;
}
