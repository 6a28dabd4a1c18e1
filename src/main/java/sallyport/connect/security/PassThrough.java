package sallyport.connect.security;

/**
 * Connections for TLS of clients that passes unopened. The gateway sends nothing of its own on them
 * but a PROXY protocol header, and verifies nothing: both ends verify each other.
 */
public record PassThrough() implements Security {}
