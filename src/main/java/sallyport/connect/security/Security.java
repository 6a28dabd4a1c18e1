package sallyport.connect.security;

/** Security of a connection to an endpoint. Immutable. */
public sealed interface Security permits MutualTls, PassThrough, PlainLocal {}
