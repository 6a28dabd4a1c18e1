package sallyport.net.handover;

/**
 * Process at the other end of a Unix socket, as the kernel says (SO_PEERCRED). Immutable.
 *
 * @param process its id
 * @param user the id of its user
 */
public record Peer(int process, int user) {}
