/** What every plugin says to whoever starts it without its cookie: a person, or a host of another application. */
export const notice = `This binary is a plugin. These are not meant to be executed directly.
Please execute the program that consumes these plugins, which will
load any plugins automatically
`;
