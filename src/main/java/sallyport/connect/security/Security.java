package sallyport.connect.security;

/** How both ends of a connection to an endpoint come to know each other. Immutable. */
public sealed interface Security permits MutualTls {}
