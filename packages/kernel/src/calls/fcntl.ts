/** Commands of fcntl(2), with the numbers of Linux. */
export const F_DUPFD = 0
export const F_GETFD = 1
export const F_SETFD = 2
export const F_GETFL = 3
export const F_SETFL = 4
export const F_DUPFD_CLOEXEC = 1030
export const F_SETPIPE_SZ = 1031
export const F_GETPIPE_SZ = 1032
/** The one flag of F_GETFD and F_SETFD: close-on-exec. */
export const FD_CLOEXEC = 1
